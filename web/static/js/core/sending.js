/**
 * The sender's half of a transfer. Twin of peer/core/sending.py, driven by tests/vectors/sending.json; the diagram
 * stands there. Pure and synchronous; bytes never pass through it.
 *
 * How a shell uses it. One Sending for each transfer and receiver, kept across links:
 *
 *     const sending = new Sending(offer, entries);            // offer: the offer_files message; entries: the manifest
 *     for (const effect of sending.step({type: "begun"})) run(effect);
 *
 * moves.js says what each effect asks for and when each event is stepped. `step` throws Malformed when the receiver
 * erred: step {type: "stopped", reason: "error", message} then.
 */

import {
  HEADER_BYTES, LEAF_BYTES, MAX_WANTED_BYTES, MAX_WANTED_LEAVES, PACK_BYTES, SMALL_BYTES, SMALL_HEADER_BYTES,
} from "../gen/messages.js";
import { equal } from "./bytes.js";
import { Malformed } from "./codec.js";
import { HELD, Ledger, STREAM_LEAVES, leafCost, leafCount } from "./ledger.js";

/** @typedef {import("../gen/messages.js").Entry} Entry */
/** @typedef {import("../gen/messages.js").Control} Control */
/** @typedef {Extract<Control, {type: "offer_files"}>} OfferFiles */
/** @typedef {import("./frames.js").Range} Range */
/** @typedef {import("./frames.js").Small} Small */
/** @typedef {import("./moves.js").Reason} Reason */
/** @typedef {import("./moves.js").SendingEvent} Event */
/** @typedef {import("./moves.js").SendingEffect} Effect */

/** Read ahead of the lanes, and a leaf more for each lane. */
export const READ_AHEAD_BYTES = 3 * LEAF_BYTES;
export const READ_AHEAD_JOBS = 16;
/** Leaves that the receiver holds, being hashed at once. */
export const HASH_AHEAD = 2;

/** One transfer, from offer to finish, across any number of lanes. */
export class Sending {
  /** @type {"cut" | "offered" | "sending" | "done" | "failed"} */ state = "cut";
  /** Distinct bytes handed to a lane so far, or held by the receiver from an earlier run. */
  bytes = 0;
  /** Lanes that leaves are sent on; the shell says how many. */
  width = 1;
  #known;
  /** @type {Map<number, Ledger>} */ #ledgers = new Map();
  /** @type {[file: number, leaf: number][]} */ #queue = [];
  /** @type {Map<number, number>} */ #owed = new Map();
  /** @type {Set<number>} */ #said = new Set();
  #reading = { bytes: 0, jobs: 0 };
  #owing = { bytes: 0, leaves: 0 };
  /** Files that went whole in FILES, or were in their place before; they need no ledger. @type {Set<number>} */
  #given = new Set();
  /** Leaves to be hashed for a receiver that holds them. @type {[file: number, first: number, end: number][]} */
  #proofs = [];
  #hashing = 0;
  #hadLeaves = 0;
  #leaves;
  /** @type {Set<string>} */ #holds = new Set();

  /** @param {OfferFiles} offer  what is said on `control` @param {readonly Entry[]} entries  the manifest */
  constructor(offer, entries) {
    this.offer = offer;
    this.entries = entries;
    this.#known = offer.bytes;
    this.#leaves = entries.reduce((sum, { size }) => sum + leafCount(Math.max(size, 0)), 0);
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
      case "had":
        this.state = "sending";
        return this.#had(event.ranges);
      case "leaf_sent":
        this.#answered(event.file, event.leaf);
        return [...this.#learn(event.file, event.leaf, event.length, event.sha256), ...this.#pump()];
      case "leaf_hashed":
        this.#hashing -= 1;
        return [...this.#learn(event.file, event.leaf, event.length, event.sha256), ...this.#hash()];
      case "files_sent":
        return this.#filesSent(event.files);
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
    if (ledger.size < 0 && first + count > ledger.count + 2 * STREAM_LEAVES) {
      throw new Malformed("wants a part of a stream that is far from being read");
    }
    return ledger.size < 0 ? first + count : Math.min(first + count, ledger.count);
  }

  /** @param {readonly Range[]} ranges */
  #had(ranges) {
    for (const [file, first, count] of ranges) {
      if (file >= this.entries.length || this.entries[file].kind !== "file" || this.entries[file].size < 0) {
        throw new Malformed(`holds entry ${file}, which is no file of a known size`);
      }
      if (!count) {
        if (this.#ledgers.has(file)) throw new Malformed(`holds entry ${file} both whole and in parts`);
        this.#give(file);
        continue;
      }
      this.#hadLeaves += count;
      const ledger = this.#ledger(file);
      if (first + count > ledger.count || this.#hadLeaves > this.#leaves) {
        throw new Malformed(`holds leaves that entry ${file} does not have`);
      }
      const before = ledger.heldBytes;
      ledger.keep(first, count);
      this.bytes += ledger.heldBytes - before;
      this.#proofs.push([file, first, first + count]);
    }
    return this.#hash();
  }

  /** Hashes what the receiver holds a little at a time: new bytes go first. @returns {Effect[]} */
  #hash() {
    /** @type {Effect[]} */ const effects = [];
    while (this.#proofs.length > 0 && this.#hashing < HASH_AHEAD) {
      const [file, leaf, end] = this.#proofs[0];
      if (leaf + 1 < end) this.#proofs[0] = [file, leaf + 1, end];
      else this.#proofs.shift();
      this.#hashing += 1;
      effects.push({ type: "hash_leaf", file, leaf, length: this.#ledger(file).length(leaf) });
    }
    return effects;
  }

  /** Reads ahead of the lanes, but not far: what is read is in memory. */
  #pump() {
    /** @type {Effect[]} */ const effects = [];
    while (
      this.#queue.length > 0 && this.#holds.size === 0
      && this.#reading.bytes < READ_AHEAD_BYTES + this.width * LEAF_BYTES
      && this.#reading.jobs < READ_AHEAD_JOBS + this.width
    ) {
      this.#reading.jobs += 1;
      const files = this.#pack();
      for (const [file, leaf] of this.#queue.splice(0, files.length)) {
        this.#reading.bytes += this.#cost(file, leaf);
        if (files.length === 1) effects.push({ type: "read_leaf", file, leaf, length: this.#ledger(file).length(leaf) });
      }
      if (files.length > 1) effects.push({ type: "read_files", files });
    }
    return effects;
  }

  /** Small files at the head of the queue that fit one frame; the file at its head alone where there are not several. */
  #pack() {
    const files = [];
    let room = PACK_BYTES - HEADER_BYTES;
    for (const [file, leaf] of this.#queue) {
      const { size } = this.entries[file];
      room -= SMALL_HEADER_BYTES + this.#cost(file, leaf);
      if (leaf || size <= 0 || size > SMALL_BYTES || room < 0) break;
      files.push(file);
    }
    return files.length > 1 ? files : [this.#queue[0][0]];
  }

  /** @param {readonly Small[]} files */
  #filesSent(files) {
    this.#reading.jobs -= 1;
    for (const { file, length } of files) {
      this.#reading.bytes -= length;
      this.#owe(file, 0, -1);
      this.#give(file);
    }
    return this.#pump();
  }

  /** The receiver has a file whole, or will. @param {number} file */
  #give(file) {
    const held = this.#ledgers.get(file)?.heldBytes ?? 0;
    this.#ledgers.delete(file);
    if (this.#given.has(file)) return;
    this.#given.add(file);
    this.bytes += this.entries[file].size - held;
  }

  /**
   * A leaf has been hashed.
   * @param {number} file @param {number} leaf @param {number} length @param {Uint8Array} sha256 @returns {Effect[]}
   */
  #learn(file, leaf, length, sha256) {
    const ledger = this.#ledger(file);
    if (ledger.state(leaf) === HELD && !equal(ledger.proof(leaf), sha256)) {
      return this.#stop("source_changed", `“${this.entries[file].path}” changed while it was sent.`);
    }
    const before = ledger.heldBytes;
    ledger.hold(leaf, length, sha256);
    if (!this.#given.has(file)) this.bytes += ledger.heldBytes - before;
    return this.#done(file, ledger);
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
    this.#reading.jobs -= 1;
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
    this.#proofs = [];
    this.#hashing = 0;
    this.#hadLeaves = 0;
    this.#reading = { bytes: 0, jobs: 0 };
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
