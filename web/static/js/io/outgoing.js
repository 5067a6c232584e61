// Files on their way to one peer: the shell around core/sending.js. Leaves are read and hashed ahead of the lane, and
// handed to it strictly in order; how much lies there is bounded by the lane's high water and the machine's read-ahead.

import { Malformed } from "../core/codec.js";
import { cut, pack, packDone, packFiles, packLeaf, readRanges, unpack } from "../core/frames.js";
import { rootInput } from "../core/ledger.js";
import { Sending } from "../core/sending.js";
import { Watch } from "../core/watch.js";
import { FrameType } from "../gen/messages.js";
import { Course } from "./course.js";
import { reasonOf } from "./endings.js";
import { Holds } from "./holds.js";
import { Fan } from "./fan.js";
import { LaneClosed } from "./lane.js";
import { sendManifest } from "./manifest.js";
import { Pacer } from "./pacer.js";
import { byState } from "./redraw.js";
import { readSmall } from "./small_files.js";
import { isText } from "./texts.js";

/**
 * @import { Effect, Event } from "../core/sending.js"
 * @import { TransferState, TransferView } from "../core/snapshot.js"
 * @import { Control, SayControl } from "../gen/messages.js"
 * @import { Lane } from "./lane.js"
 * @import { Peer } from "./peer.js"
 * @import { Redraw } from "./redraw.js"
 * @import { Source } from "./source.js"
 */

const SHOWN = 200;
const MAX_LOST_LANES = 5;

export class Outgoing {
  /** @type {"out"} */
  direction = "out";
  #changed;
  #moves;
  #ceiling;
  #sending;
  #course;
  #holds;
  #pacer = new Pacer();
  #watch = new Watch(performance.now() / 1000);
  /** Bytes that came at the receiver over lanes that are gone, whether they had come before or not. */
  #came = 0;
  /** Whether the line waits for a leaf to be read. */
  #reads = false;
  /** @type {Lane | null} */
  #lane = null;
  /** While there is a lane. @type {Fan | null} */
  #fan = null;
  #lanes = 0;
  #sideLanes = 0;
  #lostLanes = 0;
  /** How far it was then. */
  #lostAt = 0;
  /** Raised when a lane is lost: what was being read for it is dropped. */
  #generation = 0;
  /** @type {Promise<void>} */
  #line = Promise.resolve();
  /** Said as soon as there is a link. @type {SayControl[]} */
  #unsaid = [];
  #wantsLane = false;
  #accepted = false;
  #reason = "";
  #list;

  /**
   * @param {string} id @param {Peer} peer @param {Source} source @param {Redraw} changed
   * @param {Pacer} ceiling  what the peer wants of all files together
   */
  constructor(id, peer, source, changed, ceiling) {
    this.id = id;
    this.peer = peer;
    this.source = source;
    this.#changed = changed;
    this.#moves = byState(changed);
    this.#ceiling = ceiling;
    const { title, entries, bytes } = source;
    this.#course = new Course(entries);
    this.#holds = new Holds(id, (message) => peer.say(message));
    this.#sending = new Sending({ type: "offer_files", transfer: id, title, files: entries.length, bytes, open_ended: false }, entries);
    const shown = entries.filter((entry) => entry.kind === "file").slice(0, SHOWN);
    this.#list = Object.freeze(shown.map(({ path, size }) => Object.freeze({ path, size, saveable: false })));
    this.#step({ type: "begun" });
  }

  get over() {
    return this.#sending.state === "done" || this.#sending.state === "failed";
  }

  /** @returns {TransferView} */
  get view() {
    const { bytes, total } = this.#sending;
    const { rate, current } = this.#course;
    return Object.freeze({
      id: this.id, offer: this.source.id, peer: this.peer.id, peerName: this.peer.name, direction: "out",
      title: this.source.title, files: this.source.files, list: this.#list, bytes, total, rate,
      eta: this.#course.eta(bytes, total), current, state: this.#state, held: this.#holds.by, cut: this.#cut,
      still: this.#watch.still ?? "", limit: this.#pacer.rate, text: isText(this.source.entries) ? "" : null,
      reason: this.#reason, resumed: 0, kept: "", saving: null,
    });
  }

  /** A link runs. */
  linked() {
    for (const message of this.#unsaid.splice(0)) this.peer.say(message);
    if (!this.over) this.#holds.again();
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

  /** Holds the stream, or lets it go on. @param {boolean} held */
  hold(held) {
    if (this.over) return;
    this.#holds.set(held);
    this.#held("us", held);
  }

  /** @param {number} rate bytes a second, 0 for any number */
  limit(rate) {
    this.#pacer.rate = rate;
    this.#changed();
  }

  cancel() {
    this.#step({ type: "stopped", reason: "cancelled" });
  }

  /** Does something about it when nothing moves that should. @param {boolean} served whether the server answers */
  look(served) {
    this.#course.update(this.#sending.bytes, this.#state === "active");
    const { came, underWay } = this.#fan ?? { came: 0, underWay: 0 };
    const acts = this.#watch.look({
      gives: true, moved: this.#came + came, linked: this.peer.live, served,
      asking: !this.#accepted && !this.#cut, paused_here: this.#holds.us, paused_there: this.#holds.them,
      limited: this.#pacer.limits || this.#ceiling.limits, outstanding: underWay > 0 || this.#cut,
      reading: this.#reads ? "disk" : "", writing: "",
    }, performance.now() / 1000);
    for (const { type } of acts) {
      if (type === "replace_link") this.peer.renew();
      else this.#reopen();
    }
  }

  /** The lane is stuck on a link that claims to be up, or a side lane is lost. */
  #reopen() {
    this.#lane?.close();
    this.#lose();
  }

  /** @param {Control} message of this transfer */
  hear(message) {
    switch (message.type) {
      case "accept_files":
        this.#accepted = true;
        if (!this.over) this.source.leaves.join(this);
        return this.#step({ type: "accepted", take: message.take });
      case "decline_files":
      case "cancel_files":
        return this.#step({ type: "cancel_arrived", reason: message.reason, message: message.message });
      case "finished_files":
        return this.#step({ type: "finished_arrived" });
      case "lane_offer":
      case "lane_answer":
      case "lane_candidate":
        return this.#fan?.hear(message);
      default:
        if (this.#holds.hear(message)) this.#held("them", message.type === "pause_files");
    }
  }

  /** @param {"us" | "them"} by @param {boolean} held */
  #held(by, held) {
    this.#pacer.held = this.#holds.by !== "";
    this.#step({ type: held ? "held" : "released", by });
  }

  get #cut() {
    return this.#sending.state === "cut";
  }

  /** @returns {TransferState} */
  get #state() {
    if (this.#sending.state === "done") return "done";
    if (this.#sending.state === "failed") return this.#reason === "declined" ? "declined" : "failed";
    if (!this.#accepted) return "waiting";
    return this.#cut || this.#holds.by ? "paused" : "active";
  }

  /** @param {Event} event */
  #step(event) {
    try {
      for (const effect of this.#sending.step(event)) this.#run(effect);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.#step({ type: "stopped", reason: "error", message: `The receiver ${error.message}.` });
    }
    const state = this.#state;
    this.#course.update(this.#sending.bytes, state === "active");
    this.#moves(state);
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
        return this.#enqueue((lane) => sendManifest(lane, this.source.entries, this.peer.maxMessageBytes));
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
        this.#reason ||= reasonOf(effect);
        return this.#close();
    }
  }

  #openLane() {
    const lane = this.peer.openLane(`lane/${this.id}/${this.#lanes}`);
    this.#wantsLane = lane === null;
    if (!lane) return;
    this.#lanes += 1;
    this.#lane = lane;
    this.#fan = new Fan(this.peer, this.id, lane, {
      next: () => (this.#sideLanes += 1),
      left: () => (this.#sending.total < 0 ? -1 : this.#sending.total - this.#sending.bytes),
      lost: () => this.#reopen(),
    });
    lane.listen({
      opened: () => this.#step({ type: "lane_opened" }),
      message: (message) => this.#take(message),
      closed: () => this.#lane === lane && this.#lose(),
    });
  }

  #lose() {
    this.#lane = null;
    this.#drop();
    if (this.#sending.bytes > this.#lostAt) this.#lostLanes = 0;
    this.#lostAt = this.#sending.bytes;
    this.#lostLanes += this.peer.live ? 1 : 0;
    // A lane that is closed again and again while the link runs, and brings nothing further, is no accident.
    if (this.#lostLanes > MAX_LOST_LANES) this.#step({ type: "stopped", reason: "error" });
    else this.#step({ type: "lane_lost" });
  }

  /** What was being read or sent is for nobody any more. */
  #drop() {
    this.#generation += 1;
    this.#came += this.#fan?.came ?? 0;
    this.#fan?.close();
    this.#fan = null;
    this.#pacer.wake();
    this.#ceiling.wake();
  }

  #close() {
    this.#drop();
    this.source.leaves.part(this);
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
      else if (frame.type === FrameType.GOT) this.#fan?.got(frame.payload);
      else throw new Malformed("a receiver sends nothing but WANT, HAVE and GOT");
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.#step({ type: "stopped", reason: "error", message: `The receiver erred: ${error.message}.` });
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
      if (!(error instanceof DOMException)) throw error;
      if (error.name === "NotFoundError") this.#reason = "source-gone";
      this.#step({ type: "stopped", reason: "source_changed", message: error.name });
    }
  }

  /** Proves a leaf that the receiver holds, beside the line. @param {number} file @param {number} leaf @param {number} length */
  #hash(file, leaf, length) {
    const generation = this.#generation;
    void this.#do(generation, async (lane) => {
      const { sha256: hash } = await this.source.leaves.read(file, leaf, length);
      if (generation !== this.#generation) return;
      await this.#send(lane, packLeaf(file, leaf, length, hash));
      if (generation === this.#generation) this.#step({ type: "leaf_hashed", file, leaf, length, sha256: hash });
    });
  }

  /** As #reading, for whole small files. @param {readonly number[]} files */
  #readingFiles(files) {
    const generation = this.#generation;
    const read = readSmall(this.source, files);
    read.catch(() => {}); // looked at when its turn comes
    return async (/** @type {Lane} */ lane) => {
      const sent = await this.#read(read);
      this.#course.reach(files[files.length - 1]);
      await this.#send(lane, packFiles(sent));
      if (generation === this.#generation) this.#step({ type: "files_sent", files: sent.map(([small]) => small) });
    };
  }

  /**
   * Begins to read now; what it returns sends, when the line has come to it.
   * @param {number} file @param {number} leaf @param {number} length
   */
  #reading(file, leaf, length) {
    const generation = this.#generation;
    const read = this.source.leaves.take(this, file, leaf, length);
    read.catch(() => {}); // looked at when its turn comes
    return async (/** @type {Lane} */ lane) => {
      const { bytes, sha256: hash } = await this.#read(read);
      this.#course.reach(file);
      const step = cut(length, this.#fan?.piece ?? this.peer.maxMessageBytes);
      for (let offset = 0; offset < length; offset += step) {
        await this.#send(lane, pack(FrameType.DATA, file, leaf, offset, bytes.subarray(offset, offset + step)));
      }
      await this.#send(lane, packLeaf(file, leaf, length, hash));
      if (generation === this.#generation) this.#step({ type: "leaf_sent", file, leaf, length, sha256: hash });
    };
  }

  /** Notes that the line waits for this. @template T @param {Promise<T>} read */
  async #read(read) {
    this.#reads = true;
    try {
      return await read;
    } finally {
      this.#reads = false;
    }
  }

  /** As fast as both ends and a call beside it allow. @param {Lane} lane @param {Uint8Array<ArrayBuffer>} frame */
  async #send(lane, frame) {
    const wanted = () => this.#lane === lane;
    for (const pacer of [this.#pacer, this.#ceiling]) await pacer.pass(frame.length, wanted);
    if (!wanted() || !this.#fan) throw new LaneClosed();
    await this.#fan.deal(frame);
    this.#sending.width = this.#fan?.count ?? 1;
  }
}

/** @param {Uint8Array<ArrayBuffer>} data */
const sha256 = async (data) => new Uint8Array(await crypto.subtle.digest("SHA-256", data));
