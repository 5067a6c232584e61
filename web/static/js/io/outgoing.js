// Files on their way to one peer: the shell around core/sending.js. Leaves are read and hashed ahead of the lane, and
// handed to it strictly in order; how much lies there is bounded by the lane's high water and the machine's read-ahead.

import { Malformed } from "../core/codec.js";
import { cut, pack, packDone, packFiles, packLeaf, readRanges, unpack } from "../core/frames.js";
import { rootInput } from "../core/ledger.js";
import { Sending } from "../core/sending.js";
import { FrameType, LEAF_BYTES } from "../gen/messages.js";
import { LaneClosed } from "./lane.js";
import { Meter } from "./meter.js";
import { readSmall } from "./small_files.js";
import { pagesOf } from "./source.js";

/**
 * @import { Effect, Event } from "../core/sending.js"
 * @import { TransferState, TransferView } from "../core/snapshot.js"
 * @import { Control, SayControl } from "../gen/messages.js"
 * @import { Lane } from "./lane.js"
 * @import { Peer } from "./peer.js"
 * @import { Source } from "./source.js"
 */
/** @typedef {{bytes: Uint8Array<ArrayBuffer>, sha256: Uint8Array<ArrayBuffer>}} Leaf */

const SHOWN = 200;
const MAX_LOST_LANES = 5;

export class Outgoing {
  /** @type {"out"} */
  direction = "out";
  #changed;
  #sending;
  #meter = new Meter();
  /** @type {Lane | null} */
  #lane = null;
  #lanes = 0;
  #lostLanes = 0;
  /** Raised when a lane is lost: what was being read for it is dropped. */
  #generation = 0;
  /** @type {Promise<void>} */
  #line = Promise.resolve();
  /** Said as soon as there is a link. @type {SayControl[]} */
  #unsaid = [];
  #wantsLane = false;
  #accepted = false;
  #held = false;
  #reason = "";
  #list;

  /** @param {string} id @param {Peer} peer @param {Source} source @param {() => void} changed */
  constructor(id, peer, source, changed) {
    this.id = id;
    this.peer = peer;
    this.source = source;
    this.#changed = changed;
    const { title, entries, bytes } = source;
    this.#sending = new Sending({ type: "offer_files", transfer: id, title, files: entries.length, bytes, open_ended: false }, entries);
    this.#list = Object.freeze(entries.slice(0, SHOWN).map(({ path, size }) => Object.freeze({ path, size, saveable: false })));
    this.#step({ type: "begun" });
  }

  get over() {
    return this.#sending.state === "done" || this.#sending.state === "failed";
  }

  /** @returns {TransferView} */
  get view() {
    const { bytes, total } = this.#sending;
    return Object.freeze({
      id: this.id, peer: this.peer.id, peerName: this.peer.name, direction: "out", title: this.source.title,
      files: this.source.entries.length, list: this.#list, bytes, total, rate: this.#meter.rate,
      eta: this.#meter.eta(bytes, total), state: this.#state, reason: this.#reason, resumed: 0, kept: "", saving: null,
    });
  }

  /** A link runs. */
  linked() {
    for (const message of this.#unsaid.splice(0)) this.peer.say(message);
    if (this.#wantsLane) this.#openLane();
  }

  /** The link is gone, and its lane with it. */
  unlinked() {
    if (this.#lane) this.#lose();
  }

  /** @param {string} reason key of why it is over, unless it was before */
  end(reason) {
    if (this.over) return;
    this.#step({ type: "stopped", reason: "error" });
    this.#reason = reason;
    this.#changed();
  }

  cancel() {
    this.#step({ type: "stopped", reason: "cancelled" });
  }

  /** @param {Control} message of this transfer */
  hear(message) {
    switch (message.type) {
      case "accept_files":
        this.#accepted = true;
        return this.#step({ type: "accepted", take: message.take });
      case "decline_files":
      case "cancel_files":
        return this.#step({ type: "cancel_arrived", reason: message.reason, message: message.message });
      case "finished_files":
        return this.#step({ type: "finished_arrived" });
      case "pause_files":
      case "resume_files":
        this.#held = message.type === "pause_files";
        return this.#step({ type: this.#held ? "held" : "released", by: "them" });
    }
  }

  /** @returns {TransferState} */
  get #state() {
    if (this.#sending.state === "done") return "done";
    if (this.#sending.state === "failed") return this.#reason === "declined" ? "declined" : "failed";
    if (!this.#accepted) return "waiting";
    return this.#held || this.#sending.state === "cut" ? "paused" : "active";
  }

  /** @param {Event} event */
  #step(event) {
    try {
      for (const effect of this.#sending.step(event)) this.#run(effect);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.#step({ type: "stopped", reason: "error", message: error.message });
    }
    this.#meter.update(this.#sending.bytes, performance.now());
    this.#changed();
  }

  /** @param {Effect} effect */
  #run(effect) {
    switch (effect.type) {
      case "say":
        if (this.peer.live) this.peer.say(effect.message);
        else this.#unsaid = [effect.message];
        return;
      case "open_lane":
        return this.#openLane();
      case "send_manifest":
        return this.#enqueue((lane) => this.#sendManifest(lane));
      case "read_leaf":
        return this.#enqueue(this.#reading(effect.file, effect.leaf, effect.length));
      case "read_files":
        return this.#enqueue(this.#readingFiles(effect.files));
      case "hash_leaf":
        return this.#hash(effect.file, effect.leaf, effect.length);
      case "send_done":
        return this.#enqueue(async (lane) => {
          const root = await sha256(rootInput(effect.size, effect.leaves));
          await lane.send(packDone(effect.file, effect.size, root));
        });
      case "complete":
        return this.#close();
      case "fail":
        this.#reason = effect.reason;
        return this.#close();
    }
  }

  #openLane() {
    const lane = this.peer.openLane(`lane/${this.id}/${this.#lanes}`);
    this.#wantsLane = lane === null;
    if (!lane) return;
    this.#lanes += 1;
    this.#lane = lane;
    lane.listen({
      opened: () => this.#step({ type: "lane_opened" }),
      message: (message) => this.#take(message),
      closed: () => this.#lane === lane && this.#lose(),
    });
  }

  #lose() {
    this.#lane = null;
    this.#generation += 1;
    this.#lostLanes += this.peer.live ? 1 : 0;
    // A lane that is closed again and again while the link runs is no accident.
    if (this.#lostLanes > MAX_LOST_LANES) this.#step({ type: "stopped", reason: "error" });
    else this.#step({ type: "lane_lost" });
  }

  #close() {
    this.#generation += 1;
    this.#lane?.close();
    this.#lane = null;
    this.#wantsLane = false;
  }

  /** @param {ArrayBuffer} message */
  #take(message) {
    try {
      const frame = unpack(message);
      if (frame.type === FrameType.WANT) this.#step({ type: "wanted", ranges: readRanges(frame.payload) });
      else if (frame.type === FrameType.HAVE) this.#step({ type: "had", ranges: readRanges(frame.payload) });
      else throw new Malformed("a receiver sends nothing but WANT and HAVE");
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.#step({ type: "stopped", reason: "error", message: error.message });
    }
  }

  /**
   * Does this after what was enqueued before, if the lane still stands then.
   * @param {(lane: Lane) => Promise<void>} task
   */
  #enqueue(task) {
    const generation = this.#generation;
    this.#line = this.#line.then(() => this.#do(generation, task));
  }

  /** @param {number} generation @param {(lane: Lane) => Promise<void>} task */
  async #do(generation, task) {
    if (generation !== this.#generation || !this.#lane) return;
    try {
      await task(this.#lane);
    } catch (error) {
      if (error instanceof LaneClosed) return; // the lane says so itself
      // A file that was changed or taken away since it was picked cannot be read any more.
      if (error instanceof DOMException) this.#step({ type: "stopped", reason: "source_changed", message: error.name });
      else throw error;
    }
  }

  /** @param {Lane} lane */
  async #sendManifest(lane) {
    const pages = pagesOf(this.source.entries, this.peer.maxMessageBytes);
    for (const [page, { first, payload }] of pages.entries()) {
      await lane.send(pack(FrameType.MANIFEST, first, page, page === pages.length - 1 ? 1 : 0, payload));
    }
  }

  /** Proves a leaf that the receiver holds, beside the line. @param {number} file @param {number} leaf @param {number} length */
  #hash(file, leaf, length) {
    const generation = this.#generation;
    void this.#do(generation, async (lane) => {
      const { sha256: hash } = await readLeaf(this.source.files[file], leaf, length);
      if (generation !== this.#generation) return;
      await lane.send(packLeaf(file, leaf, length, hash));
      if (generation === this.#generation) this.#step({ type: "leaf_hashed", file, leaf, length, sha256: hash });
    });
  }

  /** As #reading, for whole small files. @param {readonly number[]} files */
  #readingFiles(files) {
    const generation = this.#generation;
    const read = readSmall(this.source, files);
    read.catch(() => {}); // looked at when its turn comes
    return async (/** @type {Lane} */ lane) => {
      const sent = await read;
      await lane.send(packFiles(sent));
      if (generation === this.#generation) this.#step({ type: "files_sent", files: sent.map(([small]) => small) });
    };
  }

  /**
   * Begins to read now; what it returns sends, when the line has come to it.
   * @param {number} file @param {number} leaf @param {number} length
   */
  #reading(file, leaf, length) {
    const generation = this.#generation;
    const read = readLeaf(this.source.files[file], leaf, length);
    read.catch(() => {}); // looked at when its turn comes
    return async (/** @type {Lane} */ lane) => {
      const { bytes, sha256: hash } = await read;
      const step = cut(length, this.peer.maxMessageBytes);
      for (let offset = 0; offset < length; offset += step) {
        await lane.send(pack(FrameType.DATA, file, leaf, offset, bytes.subarray(offset, offset + step)));
      }
      await lane.send(packLeaf(file, leaf, length, hash));
      if (generation === this.#generation) this.#step({ type: "leaf_sent", file, leaf, length, sha256: hash });
    };
  }
}

/** @param {File} file @param {number} leaf @param {number} length @returns {Promise<Leaf>} */
async function readLeaf(file, leaf, length) {
  const start = leaf * LEAF_BYTES;
  const bytes = new Uint8Array(await file.slice(start, start + length).arrayBuffer());
  if (bytes.length !== length) throw new DOMException("shorter than it was", "NotReadableError");
  return { bytes, sha256: await sha256(bytes) };
}

/** @param {Uint8Array<ArrayBuffer>} data */
const sha256 = async (data) => new Uint8Array(await crypto.subtle.digest("SHA-256", data));
