// Files coming from one peer: the shell around core/receiving.js. The manifest is read and checked before anyone is
// asked; each leaf is hashed before it is written, and a file can be saved once its root is proven.

import { concat } from "../core/bytes.js";
import { Malformed } from "../core/codec.js";
import { packHave, packWant, readDone, readFiles, readLeaf, unpack } from "../core/frames.js";
import { UnsafeName } from "../core/names.js";
import { Receiving } from "../core/receiving.js";
import { Watch } from "../core/watch.js";
import { FrameType } from "../gen/messages.js";
import { Course } from "./course.js";
import { reasonOf } from "./endings.js";
import { Holds } from "./holds.js";
import { Leaves } from "./leaves.js";
import { ManifestReader } from "./manifest.js";
import { Shelf } from "./shelf.js";
import { freeBytes } from "./storage.js";

/**
 * @import { Frame, Small } from "../core/frames.js"
 * @import { Effect, Event } from "../core/receiving.js"
 * @import { TransferFile, TransferState, TransferView } from "../core/snapshot.js"
 * @import { Control, Entry } from "../gen/messages.js"
 * @import { Lane } from "./lane.js"
 * @import { Peer } from "./peer.js"
 * @import { Saved } from "./saving.js"
 */
/** @typedef {Extract<Control, {type: "offer_files"}>} OfferFiles */
/** @typedef {Extract<Control, {type: "decline_files"}>["reason"]} Reason */

const SHOWN = 200;

export class Incoming {
  /** @type {"in"} */
  direction = "in";
  #offer;
  #changed;
  #refused;
  /** @type {readonly Entry[] | null} checked */
  #entries = null;
  /** @type {Receiving | null} made once a person accepts */
  #receiving = null;
  /** @type {"reading" | "asking" | "taking" | "over"} */
  #stage = "reading";
  /** @type {Lane | null} */
  #lane = null;
  #manifest;
  /** Whether the lane's manifest has come, so that leaves may be wanted on it. */
  #ready = false;
  #leaves = new Leaves();
  /** What the latest FILES frame holds. @type {ReadonlyMap<Small, Uint8Array>} */
  #small = new Map();
  #shelf = new Shelf([]);
  #course = new Course([]);
  #holds;
  #watch = new Watch(performance.now() / 1000);
  /** Bytes that came. */
  #came = 0;
  /** Jobs that the disk has not done yet. */
  #jobs = 0;
  #reason = "";
  /** @type {readonly TransferFile[]} */
  #list = Object.freeze([]);
  /** Bytes a second that all files from this peer may take together, 0 for any number. */
  limit = 0;

  /**
   * @param {Peer} peer @param {OfferFiles} offer @param {() => void} changed
   * @param {(why: Malformed | UnsafeName) => void} refused  the manifest cannot be taken; nobody is asked
   */
  constructor(peer, offer, changed, refused) {
    this.id = offer.transfer;
    this.peer = peer;
    this.#offer = offer;
    this.#changed = changed;
    this.#refused = refused;
    this.#manifest = new ManifestReader(offer);
    this.#holds = new Holds(offer.transfer, (message) => peer.say(message));
  }

  get over() {
    return this.#stage === "over";
  }

  /** Whether a person has something of it, or will. */
  get worthwhile() {
    return this.#stage === "taking" || this.saved.length > 0;
  }

  /** Null until the manifest is checked. @returns {TransferView | null} */
  get view() {
    if (!this.#entries) return null;
    const bytes = this.#receiving?.bytes ?? 0;
    const total = this.#offer.open_ended ? -1 : this.#offer.bytes;
    return Object.freeze({
      id: this.id, offer: this.id, peer: this.peer.id, peerName: this.peer.name, direction: "in", title: this.#offer.title,
      files: this.#course.files, list: this.#list, bytes, total, rate: this.#course.rate,
      eta: this.#course.eta(bytes, total), current: this.#course.current, state: this.#state, held: this.#holds.by,
      cut: this.#receiving?.state === "cut", still: this.#watch.still ?? "", limit: this.limit, text: null, reason: this.#reason,
    });
  }

  /** The files that are whole and proven. @returns {Saved[]} */
  get saved() {
    return this.#shelf.saved;
  }

  /** The sender opened a lane; after a lost one the same manifest comes again. @param {Lane} lane */
  take(lane) {
    if (this.over) return lane.close();
    this.#lane?.close();
    this.#drop();
    this.#lane = lane;
    this.#manifest = new ManifestReader(this.#offer);
    lane.listen({
      opened: () => {},
      message: (message) => this.#hear(message),
      closed: () => this.#lane === lane && this.#drop(),
    });
  }

  /** Offered again on a new link, where the lane that follows is what matters, unless all is here already. */
  again() {
    if (!this.over) return this.#holds.again();
    for (const effect of this.#receiving?.step({ type: "lane_opened" }) ?? []) {
      if (effect.type === "say") this.peer.say(effect.message);
    }
  }

  unlinked() {
    this.#drop();
  }

  async accept() {
    if (this.#stage !== "asking" || !this.#entries) return;
    this.#stage = "taking";
    if (this.#offer.bytes > (await freeBytes())) return this.#decline("disk");
    this.#receiving = new Receiving(this.id, this.#entries);
    if (this.#ready) this.#step({ type: "lane_opened" });
    this.#changed();
  }

  decline() {
    if (this.#stage === "asking") this.#decline("declined");
  }

  /** Asks the sender to hold the stream, or to go on. @param {boolean} held */
  hold(held) {
    if (this.#stage !== "taking") return;
    this.#holds.set(held);
    this.#changed();
  }

  /** Finds out why nothing moves that should; what can be done about it, the sender does. @param {boolean} served whether the server answers */
  look(served) {
    this.#course.update(this.#receiving?.bytes ?? 0, this.#state === "active");
    this.#watch.look({
      gives: false, moved: this.#came, linked: this.peer.live, served, asking: this.#stage !== "taking",
      paused_here: this.#holds.us, paused_there: this.#holds.them, limited: false, outstanding: false,
      reading: "", writing: this.#jobs ? "disk" : "",
    }, performance.now() / 1000);
  }

  cancel() {
    if (this.#receiving) this.#step({ type: "stopped", reason: "cancelled" });
    else this.decline();
  }

  /** @param {string} reason key of why it is over, unless it was before */
  end(reason) {
    if (this.over) return;
    if (this.#receiving) this.#step({ type: "stopped", reason: "error" });
    this.#finish(reason);
  }

  /** @param {Control} message of this transfer */
  control(message) {
    if (this.#holds.hear(message)) return this.#changed();
    if (message.type !== "cancel_files" || this.over) return;
    if (this.#receiving) this.#step({ type: "cancel_arrived", reason: message.reason, message: message.message });
    else this.#finish(reasonOf({ reason: message.reason, by: "them" }));
  }

  /** @returns {TransferState} */
  get #state() {
    if (this.#stage === "over") return this.#reason ? (this.#reason === "declined" ? "declined" : "failed") : "done";
    if (this.#stage !== "taking") return "offered";
    return this.#receiving?.state === "cut" || this.#holds.by ? "paused" : "active";
  }

  /** @param {ArrayBuffer} message */
  #hear(message) {
    if (this.over) return;
    try {
      this.#frame(unpack(message));
    } catch (error) {
      if (!(error instanceof Malformed || error instanceof UnsafeName)) throw error;
      if (this.#receiving) {
        this.#step({ type: "stopped", reason: "error", message: error.message });
      } else {
        this.#refused(error);
        this.#decline(error instanceof UnsafeName ? "unsafe_name" : "error");
      }
    }
  }

  /** @param {Frame} frame */
  #frame(frame) {
    const { type, file, leaf, offset, payload } = frame;
    if (type === FrameType.MANIFEST) return this.#page(frame);
    if (!this.#receiving || !this.#ready) throw new Malformed("data before it was wanted");
    switch (type) {
      case FrameType.DATA:
        if (this.#step({ type: "data_arrived", file, leaf, offset, length: payload.length })) {
          this.#course.reach(file);
          this.#came += payload.length;
          this.#leaves.keep(frame, this.#entries?.[file].size ?? -1);
        }
        return;
      case FrameType.LEAF:
        this.#step({ type: "leaf_arrived", file, leaf, length: offset, sha256: readLeaf(payload) });
        return;
      case FrameType.DONE:
        this.#step({ type: "done_arrived", file, ...readDone(payload) });
        return;
      case FrameType.FILES:
        this.#small = new Map(readFiles(frame));
        this.#step({ type: "files_arrived", files: [...this.#small.keys()] });
        return;
      default:
        throw new Malformed("a sender wants nothing");
    }
  }

  /** @param {Frame} frame */
  #page(frame) {
    if (this.#ready) throw new Malformed("a page after the last");
    const entries = this.#manifest.take(frame);
    if (!entries) return;
    this.#ready = true;
    if (!this.#entries) {
      this.#entries = entries;
      this.#shelf = new Shelf(entries);
      this.#course = new Course(entries);
      this.#stage = "asking";
      this.#renew();
    } else if (JSON.stringify(entries) !== JSON.stringify(this.#entries)) {
      throw new Malformed("another manifest than before");
    } else if (this.#receiving) {
      this.#step({ type: "lane_opened" });
    }
    this.#changed();
  }

  /** @param {Event} event @returns {boolean} whether the payload just stepped is to be kept */
  #step(event) {
    if (!this.#receiving || this.over) return false;
    let keep = false;
    try {
      for (const effect of this.#receiving.step(event)) {
        if (effect.type === "keep_data") keep = true;
        else this.#run(effect);
      }
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.#step({ type: "stopped", reason: "error", message: error.message });
    }
    this.#course.update(this.#receiving.bytes, this.#state === "active");
    this.#changed();
    return keep;
  }

  /** @param {Exclude<Effect, {type: "keep_data"}>} effect */
  #run(effect) {
    switch (effect.type) {
      case "say":
        return this.peer.say(effect.message);
      case "have":
        for (const frame of packHave(effect.ranges)) void this.#lane?.send(frame).catch(() => {});
        return;
      case "want":
        return void this.#lane?.send(packWant(effect.ranges)).catch(() => {}); // a closed lane says so itself
      case "prove_leaf":
        return void this.#work(async () => {
          const { file, leaf, sha256 } = effect;
          const proven = await this.#shelf.put(file, leaf, this.#leaves.take(file, leaf), sha256);
          this.#step({ type: proven ? "leaf_proven" : "leaf_broken", file, leaf });
        });
      case "take_files":
        return void this.#work(() => this.#takeFiles(effect.files));
      case "make_files":
        return void this.#work(() => this.#makeFiles(effect.files));
      case "finish_file":
        return void this.#work(async () => {
          const proven = await this.#shelf.finish(effect);
          this.#renew();
          this.#step({ type: proven ? "file_finished" : "root_differs", file: effect.file });
        });
      case "finish_tree":
        return void this.#step({ type: "tree_finished" });
      case "complete":
        return this.#finish("");
      case "fail":
        return this.#finish(reasonOf(effect));
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
    this.#renew();
    if (taken.length) this.#step({ type: "files_taken", files: taken });
    if (broken.length) this.#step({ type: "files_broken", files: broken });
  }

  /** Runs a job beside the lane; what the disk refuses ends the transfer. @param {() => Promise<unknown>} job */
  async #work(job) {
    this.#jobs += 1;
    try {
      await job();
    } catch (error) {
      if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
      this.#step({ type: "stopped", reason: "disk", message: error.name });
    } finally {
      this.#jobs -= 1;
    }
  }

  #drop() {
    this.#lane = null;
    this.#ready = false;
    this.#leaves.clear();
    this.#step({ type: "lane_lost" });
  }

  /** @param {Reason} reason */
  #decline(reason) {
    this.peer.say({ type: "decline_files", transfer: this.id, reason });
    this.#finish(reason);
  }

  /** @param {string} reason key, "" when all is well */
  #finish(reason) {
    this.#stage = "over";
    this.#reason = reason;
    if (reason) this.#lane?.close(); // when all is well its opener closes it, once it has heard so
    this.#lane = null;
    this.#leaves.clear();
    this.#shelf.discard();
    this.#changed();
  }

  #renew() {
    /** @type {TransferFile[]} */
    const shown = [];
    for (const [file, { path, size, kind }] of (this.#entries ?? []).entries()) {
      if (shown.length === SHOWN) break;
      if (kind === "file") shown.push(Object.freeze({ path, size, saveable: this.#shelf.has(file) }));
    }
    this.#list = Object.freeze(shown);
  }
}
