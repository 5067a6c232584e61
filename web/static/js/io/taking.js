// The taking of files that a person said yes to: runs core/receiving.js across lanes, between a lane and a shelf.
//
//     lanes ──frames──► Taking ──leaves, small files──► Shelf        what the disk answers goes back into the machine

import { concat } from "../core/bytes.js";
import { Malformed } from "../core/codec.js";
import { packHave, packWant, readDone, readFiles, readLeaf, unpack } from "../core/frames.js";
import { leafCost } from "../core/ledger.js";
import { Receiving } from "../core/receiving.js";
import { FrameType, HEADER_BYTES } from "../gen/messages.js";
import { Leaves } from "./leaves.js";
import { Sides } from "./sides.js";
import { Tally } from "./tally.js";

/**
 * @import { Frame, Small } from "../core/frames.js"
 * @import { Fail, ReceivingEffect, ReceivingEvent } from "../core/moves.js"
 * @import { Entry } from "../gen/messages.js"
 * @import { Lane } from "./lane.js"
 * @import { Peer } from "./peer.js"
 * @import { Shelf } from "./shelf.js"
 * @import { LaneMessage } from "./sides.js"
 */
/**
 * @typedef {object} Host
 * @property {() => void} changed
 * @property {(file: number) => void} reached  bytes of it come
 * @property {(files: readonly number[]) => void} arrived  they are whole
 * @property {(fail: Fail | null) => void} ended  null when all is well
 */

/** What may come over any lane. */
const DEALT = new Set(/** @type {number[]} */ ([FrameType.DATA, FrameType.LEAF, FrameType.FILES]));

export class Taking {
  #peer;
  #entries;
  #shelf;
  #host;
  #receiving;
  /** @type {Lane | null} */
  #lane = null;
  #sides;
  /** Where the sender wants to know what came. @type {Tally | null} */
  #tally = null;
  #leaves = new Leaves();
  /** What the latest FILES frame holds. @type {ReadonlyMap<Small, Uint8Array>} */
  #small = new Map();
  #over = false;
  /** Bytes that came, wanted or not. */
  came = 0;
  /** Jobs that the shelf has not done yet. */
  #jobs = 0;

  /** @param {Peer} peer @param {string} transfer @param {readonly Entry[]} entries @param {Shelf} shelf @param {Host} host */
  constructor(peer, transfer, entries, shelf, host) {
    this.#peer = peer;
    this.#sides = new Sides(peer, transfer);
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
    this.#tally = this.#peer.can("lanes") ? new Tally(lane) : null;
    this.#sides.welcome((number) => ({ opened: () => {}, message: (message) => this.#hearSide(number, message), over: () => {} }));
    this.step({ type: "lane_opened" });
  }

  /** The lane is gone, and the side lanes with it. */
  drop() {
    this.#leave();
    this.step({ type: "lane_lost" });
  }

  /** The sender, which has not heard so, offers again what is done. */
  again() {
    for (const effect of this.#receiving.step({ type: "lane_opened" })) if (effect.type === "say") this.#peer.say(effect.message);
  }

  /** What the sender says about side lanes. @param {LaneMessage} message */
  hear(message) {
    if (message.type !== "lane_answer") this.#sides.hear(message);
  }

  /** @param {Frame} frame any but MANIFEST @param {number} number of the side lane that it came over, 0 for the main one @throws {Malformed} */
  take(frame, number = 0) {
    const { type, file, leaf, offset, payload } = frame;
    this.came += payload.length;
    if (DEALT.has(type)) this.#tally?.count(number, HEADER_BYTES + payload.length);
    else if (number) throw new Malformed("no frame for a side lane");
    switch (type) {
      case FrameType.DATA:
        return this.step({ type: "data_arrived", file, leaf, offset, length: payload.length }, frame);
      case FrameType.LEAF:
        return this.step({ type: "leaf_arrived", file, leaf, length: offset, sha256: readLeaf(payload) });
      case FrameType.DONE:
        return this.step({ type: "done_arrived", file, ...readDone(payload) });
      case FrameType.FILES:
        this.#small = new Map(readFiles(frame));
        for (const small of this.#small.keys()) this.#host.reached(small.file);
        return this.step({ type: "files_arrived", files: [...this.#small.keys()] });
      default:
        throw new Malformed("a sender wants nothing");
    }
  }

  /** @param {ReceivingEvent} event @param {Frame} [frame]  that it tells of, when that is a DATA frame */
  step(event, frame) {
    if (this.#over) return;
    try {
      for (const effect of this.#receiving.step(event)) {
        if (effect.type !== "keep_data") this.#run(effect);
        else if (frame) this.#keep(frame);
      }
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.step({ type: "stopped", reason: "error", message: `The sender ${error.message}.` });
    }
    this.#host.changed();
  }

  /** @param {Frame} frame */
  #keep(frame) {
    this.#host.reached(frame.file);
    this.#leaves.keep(frame, this.#entries[frame.file].size, (length) => this.#shelf.room(length));
  }

  /** @param {number} number @param {ArrayBuffer} message */
  #hearSide(number, message) {
    try {
      this.take(unpack(message), number);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.step({ type: "stopped", reason: "error", message: `The sender erred: ${error.message}.` });
    }
  }

  /** @param {Exclude<ReceivingEffect, {type: "keep_data"}>} effect */
  #run(effect) {
    switch (effect.type) {
      case "say":
        return this.#peer.say(effect.message);
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
        for (const { file } of effect.files) this.#leaves.take(file, 0); // what came of it before, in pieces
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
    this.#leave();
    this.#host.ended(fail);
  }

  #leave() {
    this.#lane = null;
    this.#tally?.close();
    this.#sides.drop();
    this.#leaves.clear();
  }
}
