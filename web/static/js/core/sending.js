/**
 * The sender's half of a transfer. Twin of peer/core/sending.py, driven by tests/vectors/sending.json; the diagram
 * stands there. Pure and synchronous; bytes never pass through it.
 *
 * How a shell uses it. One Sending for each transfer and receiver, kept across links:
 *
 *     const sending = new Sending(offer, entries);            // offer: the offer_files message; entries: the manifest
 *     for (const effect of sending.step({type: "begun"})) run(effect);
 *
 * Effects, to be carried out in order:
 *   say            {message}            say it on `control`
 *   open_lane      –                    open the data channel `lane/<transfer>/<n>` with the next n (wait for a link
 *                                       if there is none), then step {type: "lane_opened"}
 *   send_manifest  –                    send the MANIFEST pages on the lane
 *   read_leaf      {file, leaf, length} read the leaf (`length` bytes at leaf * LEAF_BYTES), hash it with SHA-256, send
 *                                       its DATA frames and then its LEAF frame; then step {type: "leaf_sent", file,
 *                                       leaf, length, sha256}. Reading may overlap, sending keeps the order. At most
 *                                       READ_AHEAD_BYTES are under way: backpressure is that the shell answers late.
 *   send_done      {file, size, leaves} root = SHA-256(rootInput(size, leaves)); send DONE behind the leaves before it
 *   complete       –                    the receiver has everything, proven and in its place
 *   fail           {reason, message, by: "us" | "them"}       over; send nothing more, close the lane
 *
 * Events from the wire: accepted {take: number[] | null}, wanted {ranges} (readWant of a WANT frame), held / released
 * {by: "them"} for pause_files / resume_files ({by: "us"} for our own, which the shell also says), finished_arrived,
 * cancel_arrived {reason, message} for decline_files and cancel_files. From here: lane_lost when the lane or its link
 * is gone (drop what is being read for it: no leaf_sent until the next lane_opened), stopped {reason, message} when a
 * person cancels or a file cannot be read ("source_changed").
 * `step` throws Malformed when the receiver erred: step {type: "stopped", reason: "error", message} then.
 */

import { LEAF_BYTES, MAX_WANTED_BYTES, MAX_WANTED_LEAVES } from "../gen/messages.js";
import { equal } from "./bytes.js";
import { Malformed } from "./codec.js";
import { HELD, Ledger, STREAM_LEAVES, leafCost, leafCount } from "./ledger.js";

/** @typedef {import("../gen/messages.js").Entry} Entry */
/** @typedef {Extract<Control, {type: "offer_files"}>} OfferFiles */
/** @typedef {import("../gen/messages.js").Control} Control */
/** @typedef {import("./frames.js").Range} Range */
/** @typedef {Extract<Control, {type: "cancel_files"}>["reason"]} Reason */
/**
 * @typedef {{type: "begun"} | {type: "lane_opened"} | {type: "lane_lost"}
 *   | {type: "accepted", take: readonly number[] | null}
 *   | {type: "wanted", ranges: readonly Range[]}
 *   | {type: "leaf_sent", file: number, leaf: number, length: number, sha256: Uint8Array}
 *   | {type: "stream_ended", file: number, leaf: number, size: number}
 *   | {type: "held", by: "us" | "them"} | {type: "released", by: "us" | "them"}
 *   | {type: "finished_arrived"}
 *   | {type: "cancel_arrived", reason: Reason, message?: string}
 *   | {type: "stopped", reason: Reason, message?: string}} Event
 */
/**
 * @typedef {{type: "open_lane"} | {type: "send_manifest"}
 *   | {type: "read_leaf", file: number, leaf: number, length: number}
 *   | {type: "send_done", file: number, size: number, leaves: Uint8Array}
 *   | {type: "say", message: Control}
 *   | {type: "complete"}
 *   | {type: "fail", reason: Reason, message: string, by: "us" | "them"}} Effect
 */

export const READ_AHEAD_BYTES = 4 * LEAF_BYTES;
export const READ_AHEAD_LEAVES = 16;

/** One transfer, from offer to finish, across any number of lanes. */
export class Sending {
  /** @type {"cut" | "offered" | "sending" | "done" | "failed"} */ state = "cut";
  /** Distinct bytes handed to a lane so far. */
  bytes = 0;
  #known;
  /** @type {Map<number, Ledger>} */ #ledgers = new Map();
  /** @type {[file: number, leaf: number][]} */ #queue = [];
  /** @type {Map<number, number>} */ #owed = new Map();
  /** @type {Set<number>} */ #said = new Set();
  #reading = { bytes: 0, leaves: 0 };
  #owing = { bytes: 0, leaves: 0 };
  /** @type {Set<string>} */ #holds = new Set();

  /** @param {OfferFiles} offer  what is said on `control` @param {readonly Entry[]} entries  the manifest */
  constructor(offer, entries) {
    this.offer = offer;
    this.entries = entries;
    this.#known = offer.bytes;
    /** Bytes that the receiver takes, -1 while that is not known. */
    this.total = offer.open_ended ? -1 : offer.bytes;
  }

  /**
   * What to do about an event.
   * @param {Event} event @returns {Effect[]}
   * @throws {Malformed} the receiver asks for what is not there, or for more than its credit
   */
  step(event) {
    if (this.state === "done" || this.state === "failed") return [];
    switch (event.type) {
      case "begun":
        return this.#offer();
      case "lane_opened":
        this.state = "offered";
        return [{ type: "send_manifest" }];
      case "lane_lost":
        this.#forgetLane();
        return this.#offer();
      case "accepted":
        this.#accept(event.take);
        return [];
      case "wanted":
        this.state = "sending";
        return [...this.#want(event.ranges), ...this.#pump()];
      case "leaf_sent":
        return this.#sent(event.file, event.leaf, event.length, event.sha256);
      case "stream_ended":
        return this.#ended(event.file, event.leaf, event.size);
      case "held":
        this.#holds.add(event.by);
        return [];
      case "released":
        this.#holds.delete(event.by);
        return this.#pump();
      case "finished_arrived":
        this.state = "done";
        return [{ type: "complete" }];
      case "cancel_arrived":
        this.state = "failed";
        return [{ type: "fail", reason: event.reason, message: event.message ?? "", by: "them" }];
      case "stopped":
        return this.#stop(event.reason, event.message ?? "");
      default:
        return unreachable(event);
    }
  }

  /** @returns {Effect[]} */
  #offer() {
    return [{ type: "say", message: this.offer }, { type: "open_lane" }];
  }

  /** @param {readonly number[] | null} take */
  #accept(take) {
    if (!take) return;
    if (take.some((file) => file >= this.entries.length)) {
      throw new Malformed("accepts an entry that is not in the manifest");
    }
    const sizes = take.map((file) => this.entries[file].size);
    this.#known = sizes.reduce((sum, size) => sum + Math.max(size, 0), 0);
    this.total = sizes.includes(-1) ? -1 : this.#known;
  }

  /** @param {readonly Range[]} ranges */
  #want(ranges) {
    /** @type {Effect[]} */ const effects = [];
    for (const [file, first, count] of ranges) {
      if (file >= this.entries.length || this.entries[file].kind !== "file") {
        throw new Malformed(`wants entry ${file}, which is not a file`);
      }
      const ledger = this.#ledger(file);
      const end = this.#end(file, ledger, first, count);
      for (let leaf = first; leaf < end; leaf += 1) {
        this.#queue.push([file, leaf]);
        this.#owe(file, leaf, 1);
      }
      if (end <= first) {
        if (!ledger.whole && ledger.size >= 0) throw new Malformed(`wants the end of entry ${file} before its leaves`);
        effects.push(...this.#done(file, ledger));
      }
    }
    if (this.#owing.bytes > MAX_WANTED_BYTES || this.#owing.leaves > MAX_WANTED_LEAVES) {
      throw new Malformed("wants more than its credit");
    }
    return effects;
  }

  /**
   * Where a wanted range ends; leaves beyond the end of a stream are not owed.
   * @param {number} file @param {Ledger} ledger @param {number} first @param {number} count
   */
  #end(file, ledger, first, count) {
    if (count > MAX_WANTED_LEAVES) throw new Malformed("wants more than its credit");
    if (this.entries[file].size >= 0) {
      if (first + count > leafCount(ledger.size)) throw new Malformed(`wants leaves that entry ${file} does not have`);
      return first + count;
    }
    if (count && first + STREAM_LEAVES < ledger.count) throw new Malformed("wants a part of a stream that is gone");
    return ledger.size < 0 ? first + count : Math.min(first + count, ledger.count);
  }

  /** Reads ahead of the lane, but not far: what is read is in memory. */
  #pump() {
    /** @type {Effect[]} */ const effects = [];
    while (
      this.#queue.length > 0 && this.#holds.size === 0
      && this.#reading.bytes < READ_AHEAD_BYTES && this.#reading.leaves < READ_AHEAD_LEAVES
    ) {
      const [file, leaf] = /** @type {[number, number]} */ (this.#queue.shift());
      this.#reading.leaves += 1;
      this.#reading.bytes += this.#cost(file, leaf);
      effects.push({ type: "read_leaf", file, leaf, length: this.#ledger(file).length(leaf) });
    }
    return effects;
  }

  /** @param {number} file @param {number} leaf @param {number} length @param {Uint8Array} sha256 @returns {Effect[]} */
  #sent(file, leaf, length, sha256) {
    const ledger = this.#ledger(file);
    this.#answered(file, leaf);
    if (ledger.state(leaf) === HELD && !equal(ledger.proof(leaf), sha256)) {
      return this.#stop("source_changed", `“${this.entries[file].path}” changed while it was sent.`);
    }
    const before = ledger.heldBytes;
    ledger.hold(leaf, length, sha256);
    this.bytes += ledger.heldBytes - before;
    return [...this.#done(file, ledger), ...this.#pump()];
  }

  /** @param {number} file @param {number} leaf @param {number} size @returns {Effect[]} */
  #ended(file, leaf, size) {
    const ledger = this.#ledger(file);
    this.#answered(file, leaf);
    if (ledger.size < 0) {
      for (const [other, beyond] of this.#queue) if (other === file) this.#owe(file, beyond, -1);
      this.#queue = this.#queue.filter(([other]) => other !== file);
      ledger.close(size);
      this.total = this.#known + size;
    }
    return [...this.#done(file, ledger), ...this.#pump()];
  }

  /** @param {number} file @param {number} leaf */
  #answered(file, leaf) {
    this.#reading.leaves -= 1;
    this.#reading.bytes -= this.#cost(file, leaf);
    this.#owe(file, leaf, -1);
  }

  /**
   * DONE follows the last leaf owed, once on a lane.
   * @param {number} file @param {Ledger} ledger @returns {Effect[]}
   */
  #done(file, ledger) {
    if (!ledger.whole || this.#owed.has(file) || this.#said.has(file)) return [];
    this.#said.add(file);
    return [{ type: "send_done", file, size: ledger.size, leaves: ledger.leaves }];
  }

  /** @param {Reason} reason @param {string} message @returns {Effect[]} */
  #stop(reason, message) {
    this.state = "failed";
    const told = [...message].slice(0, 300).join("");
    return [
      { type: "say", message: { type: "cancel_files", transfer: this.offer.transfer, reason, message: told } },
      { type: "fail", reason, message, by: "us" },
    ];
  }

  #forgetLane() {
    this.state = "cut";
    this.#queue = [];
    this.#owed.clear();
    this.#said.clear();
    this.#reading = { bytes: 0, leaves: 0 };
    this.#owing = { bytes: 0, leaves: 0 };
  }

  /** @param {number} file */
  #ledger(file) {
    let ledger = this.#ledgers.get(file);
    if (!ledger) this.#ledgers.set(file, (ledger = new Ledger(this.entries[file].size)));
    return ledger;
  }

  /** @param {number} file @param {number} leaf */
  #cost(file, leaf) {
    return leafCost(this.entries[file].size, leaf);
  }

  /** @param {number} file @param {number} leaf @param {1 | -1} sign */
  #owe(file, leaf, sign) {
    const owed = (this.#owed.get(file) ?? 0) + sign;
    if (owed) this.#owed.set(file, owed);
    else this.#owed.delete(file);
    this.#owing.leaves += sign;
    this.#owing.bytes += sign * this.#cost(file, leaf);
  }
}

/** @param {never} event @returns {never} */
function unreachable(event) {
  throw new TypeError(`no such event: ${JSON.stringify(event)}`);
}
