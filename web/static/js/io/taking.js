// The taking of files that a person said yes to: runs core/receiving.js across lanes, between a lane and a shelf.
//
//     lane ──frames──► Taking ──leaves, small files──► Shelf        what the disk answers goes back into the machine

import { concat } from "../core/bytes.js";
import { Malformed } from "../core/codec.js";
import { packHave, packWant, readDone, readFiles, readLeaf } from "../core/frames.js";
import { leafCost } from "../core/ledger.js";
import { Receiving } from "../core/receiving.js";
import { FrameType } from "../gen/messages.js";
import { Leaves } from "./leaves.js";

/**
 * @import { Frame, Small } from "../core/frames.js"
 * @import { Fail, ReceivingEffect, ReceivingEvent } from "../core/moves.js"
 * @import { Control, Entry } from "../gen/messages.js"
 * @import { Lane } from "./lane.js"
 * @import { Shelf } from "./shelf.js"
 */
/**
 * @typedef {object} Host
 * @property {(message: Control) => void} say
 * @property {() => void} changed
 * @property {(file: number) => void} reached  bytes of it come
 * @property {(files: readonly number[]) => void} arrived  they are whole
 * @property {(fail: Fail | null) => void} ended  null when all is well
 */

export class Taking {
  #entries;
  #shelf;
  #host;
  #receiving;
  /** @type {Lane | null} */
  #lane = null;
  #leaves = new Leaves();
  /** What the latest FILES frame holds. @type {ReadonlyMap<Small, Uint8Array>} */
  #small = new Map();
  #over = false;
  /** Bytes that came, wanted or not. */
  came = 0;
  /** Jobs that the shelf has not done yet. */
  #jobs = 0;

  /** @param {string} transfer @param {readonly Entry[]} entries @param {Shelf} shelf @param {Host} host */
  constructor(transfer, entries, shelf, host) {
    this.#entries = entries;
    this.#shelf = shelf;
    this.#host = host;
    this.#receiving = new Receiving(transfer, entries, null, { held: shelf.held, placed: shelf.placed });
  }

  get bytes() {
    return this.#receiving.bytes;
  }

  /** Whether it waits for a lane. */
  get cut() {
    return this.#receiving.state === "cut";
  }

  /** Whether it waits for the disk. */
  get writing() {
    return this.#jobs > 0;
  }

  /** A lane on which the manifest has come. @param {Lane} lane */
  begin(lane) {
    this.#lane = lane;
    this.step({ type: "lane_opened" });
  }

  /** The lane is gone. */
  drop() {
    this.#lane = null;
    this.#leaves.clear();
    this.step({ type: "lane_lost" });
  }

  /** The sender, which has not heard so, offers again what is done. */
  again() {
    for (const effect of this.#receiving.step({ type: "lane_opened" })) if (effect.type === "say") this.#host.say(effect.message);
  }

  /** @param {Frame} frame any but MANIFEST @throws {Malformed} */
  take(frame) {
    const { type, file, leaf, offset, payload } = frame;
    this.came += payload.length;
    switch (type) {
      case FrameType.DATA:
        if (this.step({ type: "data_arrived", file, leaf, offset, length: payload.length })) {
          this.#host.reached(file);
          this.#leaves.keep(frame, this.#entries[file].size, (length) => this.#shelf.room(length));
        }
        return;
      case FrameType.LEAF:
        this.step({ type: "leaf_arrived", file, leaf, length: offset, sha256: readLeaf(payload) });
        return;
      case FrameType.DONE:
        this.step({ type: "done_arrived", file, ...readDone(payload) });
        return;
      case FrameType.FILES:
        this.#small = new Map(readFiles(frame));
        for (const small of this.#small.keys()) this.#host.reached(small.file);
        this.step({ type: "files_arrived", files: [...this.#small.keys()] });
        return;
      default:
        throw new Malformed("a sender wants nothing");
    }
  }

  /** @param {ReceivingEvent} event @returns {boolean} whether the payload just stepped is to be kept */
  step(event) {
    if (this.#over) return false;
    let keep = false;
    try {
      for (const effect of this.#receiving.step(event)) {
        if (effect.type === "keep_data") keep = true;
        else this.#run(effect);
      }
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.step({ type: "stopped", reason: "error", message: error.message });
    }
    this.#host.changed();
    return keep;
  }

  /** @param {Exclude<ReceivingEffect, {type: "keep_data"}>} effect */
  #run(effect) {
    switch (effect.type) {
      case "say":
        return this.#host.say(effect.message);
      case "have":
        for (const frame of packHave(effect.ranges)) void this.#lane?.send(frame).catch(() => {});
        return;
      case "want":
        return void this.#lane?.send(packWant(effect.ranges)).catch(() => {}); // a closed lane says so itself
      case "prove_leaf":
        return void this.#work(async () => {
          const { file, leaf, sha256 } = effect;
          const proven = await this.#shelf.put(file, leaf, this.#leaves.take(file, leaf), sha256);
          this.step({ type: proven ? "leaf_proven" : "leaf_broken", file, leaf });
        });
      case "check_leaf":
        return void this.#work(async () => {
          const { file, leaf, sha256 } = effect;
          const proven = await this.#shelf.check(file, leaf, leafCost(this.#entries[file].size, leaf), sha256);
          this.step({ type: proven ? "leaf_proven" : "leaf_broken", file, leaf });
        });
      case "take_files":
        return void this.#work(() => this.#takeFiles(effect.files));
      case "make_files":
        return void this.#work(() => this.#makeFiles(effect.files));
      case "finish_file":
        return void this.#work(async () => {
          const proven = await this.#shelf.finish(effect);
          if (proven) this.#host.arrived([effect.file]);
          this.step({ type: proven ? "file_finished" : "root_differs", file: effect.file });
        });
      case "finish_tree":
        return void this.#work(async () => {
          await this.#shelf.settle();
          this.step({ type: "tree_finished" });
        });
      case "complete":
        return this.#end(null);
      case "fail":
        return this.#end(effect);
    }
  }

  /** @param {readonly number[]} files  that are empty */
  async #makeFiles(files) {
    const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array()));
    return this.#takeFiles(files.map((file) => ({ file, length: 0, sha256 })));
  }

  /** @param {readonly Small[]} files  of the latest frame */
  async #takeFiles(files) {
    const data = concat(...files.map((small) => this.#small.get(small) ?? new Uint8Array()));
    const { taken, broken } = await this.#shelf.take(files, data);
    this.#host.arrived(taken);
    if (taken.length) this.step({ type: "files_taken", files: taken });
    if (broken.length) this.step({ type: "files_broken", files: broken });
  }

  /** Runs a job beside the lane; what the disk refuses ends the transfer. @param {() => Promise<unknown>} job */
  async #work(job) {
    this.#jobs += 1;
    try {
      await job();
    } catch (error) {
      if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
      this.step({ type: "stopped", reason: "disk", message: error.name });
    } finally {
      this.#jobs -= 1;
    }
  }

  /** @param {Fail | null} fail */
  #end(fail) {
    this.#over = true;
    this.#lane = null;
    this.#leaves.clear();
    this.#host.ended(fail);
  }
}
