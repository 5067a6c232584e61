/**
 * The receiver's half of a transfer. Twin of peer/core/receiving.py, driven by tests/vectors/receiving.json; the
 * diagram stands there. Pure and synchronous; bytes never pass through it.
 *
 * How a shell uses it. Read the MANIFEST pages from the lane, check them whole (decodeEntries, then checkEntries of
 * names.js), ask the person; once they accept, make one Receiving and keep it across links:
 *
 *     const receiving = new Receiving(transfer, entries, take);          // take: entry numbers, null for all
 *     for (const effect of receiving.step({type: "lane_opened"})) run(effect);
 *
 * Effects, to be carried out in order:
 *   say          {message}                  say it on `control`
 *   want         {ranges}                   send packWant(ranges) on the lane
 *   keep_data    {file, leaf, offset}       keep the payload of the DATA frame just stepped; offset 0 starts the leaf
 *                                           anew. No such effect: drop the payload
 *   prove_leaf   {file, leaf, sha256}       hash what was kept; equal: write it at leaf * LEAF_BYTES, then step
 *                                           {type: "leaf_proven", file, leaf}; else step {type: "leaf_broken", …}
 *   finish_file  {file, size, root, leaves} root is null for an empty file; else compare it with
 *                                           SHA-256(rootInput(size, leaves)): step root_differs {file} if it is not, or
 *                                           close the file, make it saveable and step file_finished {file}
 *   finish_tree  –                          all files are there; close everything, step {type: "tree_finished"}
 *   complete     –                          done
 *   fail         {reason, message, by: "us" | "them"}         over; delete what is half-way
 *
 * Events from the lane: data_arrived {file, leaf, offset, length} (length of the payload), leaf_arrived {file, leaf,
 * length: offset of the frame, sha256: readLeaf}, done_arrived {file, size, root} (readDone), lane_lost. On the next
 * lane of the same transfer: read its manifest (it must be the same), then step {type: "lane_opened"}; the answer to
 * the repeated offer is among the effects. From `control`: cancel_arrived {reason, message}. From here: stopped
 * {reason, message} when a person cancels or the disk fails ("disk").
 * `step` throws Malformed when the sender erred: step {type: "stopped", reason: "error", message} then.
 */

import { MAX_WANTED_BYTES, MAX_WANTED_LEAVES } from "../gen/messages.js";
import { Malformed } from "./codec.js";
import { Ledger, WANTED, leafCost } from "./ledger.js";

/** @typedef {import("../gen/messages.js").Entry} Entry */
/** @typedef {import("../gen/messages.js").Control} Control */
/** @typedef {import("./frames.js").Range} Range */
/** @typedef {import("./sending.js").Reason} Reason */
/**
 * @typedef {{type: "lane_opened"} | {type: "lane_lost"}
 *   | {type: "data_arrived", file: number, leaf: number, offset: number, length: number}
 *   | {type: "leaf_arrived", file: number, leaf: number, length: number, sha256: Uint8Array}
 *   | {type: "done_arrived", file: number, size: number, root: Uint8Array}
 *   | {type: "leaf_proven", file: number, leaf: number} | {type: "leaf_broken", file: number, leaf: number}
 *   | {type: "file_finished", file: number} | {type: "root_differs", file: number}
 *   | {type: "tree_finished"}
 *   | {type: "cancel_arrived", reason: Reason, message?: string}
 *   | {type: "stopped", reason: Reason, message?: string}} Event
 */
/**
 * @typedef {{type: "finish_file", file: number, size: number, root: Uint8Array | null, leaves: Uint8Array}} FinishFile
 */
/**
 * @typedef {FinishFile | {type: "finish_tree"}
 *   | {type: "want", ranges: readonly Range[]}
 *   | {type: "keep_data", file: number, leaf: number, offset: number}
 *   | {type: "prove_leaf", file: number, leaf: number, sha256: Uint8Array}
 *   | {type: "say", message: Control}
 *   | {type: "complete"}
 *   | {type: "fail", reason: Reason, message: string, by: "us" | "them"}} Effect
 */

/** A leaf that came broken this often ends the transfer. */
export const MAX_TRIES = 3;
/** Files being finished at once; no further file is begun meanwhile. */
export const MAX_FINISHING = 64;
/** A longer choice does not fit a control message: the sender is not told of it, it only sees what is wanted. */
export const MAX_TAKE = 1000;
export const REFILL_BYTES = (MAX_WANTED_BYTES * 3) / 4;
export const REFILL_LEAVES = (MAX_WANTED_LEAVES * 3) / 4;

/** One accepted transfer, across any number of lanes. */
export class Receiving {
  /** @type {"cut" | "taking" | "closing" | "done" | "failed"} */ state = "cut";
  /** Bytes proven and written so far. */
  bytes = 0;
  #transfer;
  #entries;
  #take;
  #limit;
  #waiting;
  /** Files begun and not yet being finished. @type {Map<number, Ledger>} */ #ledgers = new Map();
  /** @type {Map<number, Uint8Array>} */ #roots = new Map();
  /** @type {Map<string, number>} */ #arrived = new Map();
  /** @type {Map<string, {length: number, sha256: Uint8Array}>} */ #proving = new Map();
  /** @type {Map<string, number>} */ #tries = new Map();
  /** @type {Set<number>} */ #finishing = new Set();
  #credit = { bytes: MAX_WANTED_BYTES, leaves: MAX_WANTED_LEAVES };

  /**
   * @param {string} transfer
   * @param {readonly Entry[]} entries  the manifest, checked
   * @param {readonly number[] | null} take  the entries to take, null for all
   * @param {number} limit  the most bytes to take, -1 for any number
   */
  constructor(transfer, entries, take = null, limit = -1) {
    this.#transfer = transfer;
    this.#entries = entries;
    this.#take = take && take.length <= MAX_TAKE ? [...take] : null;
    this.#limit = limit;
    this.#waiting = (take ?? [...entries.keys()]).filter((file) => entries[file].kind === "file");
  }

  /**
   * What to do about an event.
   * @param {Event} event @returns {Effect[]}
   * @throws {Malformed} the sender sends what cannot be
   */
  step(event) {
    if (this.state === "failed") return [];
    if (this.state === "done") {
      // A sender that offers again what is done has not heard so.
      return event.type === "lane_opened" ? [this.#finished] : [];
    }
    switch (event.type) {
      case "lane_opened":
        return this.#open();
      case "lane_lost":
        return this.#lose();
      case "data_arrived":
        return this.#data(event.file, event.leaf, event.offset, event.length);
      case "leaf_arrived":
        return this.#leaf(event.file, event.leaf, event.length, event.sha256);
      case "done_arrived":
        return this.#done(event.file, event.size, event.root);
      case "leaf_proven":
        return this.#proven(event.file, event.leaf);
      case "leaf_broken":
        return this.#broken(event.file, event.leaf);
      case "file_finished":
        this.#finishing.delete(event.file);
        return this.#refill();
      case "root_differs":
        return this.#stop("integrity", `“${this.#entries[event.file].path}” is not what its sender says it is.`);
      case "tree_finished":
        this.state = "done";
        return [this.#finished, { type: "complete" }];
      case "cancel_arrived":
        this.state = "failed";
        return [{ type: "fail", reason: event.reason, message: event.message ?? "", by: "them" }];
      case "stopped":
        return this.#stop(event.reason, event.message ?? "");
      default:
        return unreachable(event);
    }
  }

  /** @returns {Effect} */
  get #finished() {
    return { type: "say", message: { type: "finished_files", transfer: this.#transfer } };
  }

  // The lane

  /** @returns {Effect[]} */
  #open() {
    if (this.state === "cut") this.state = "taking";
    /** @type {Range[]} */ const ends = [];
    for (const [file, ledger] of this.#ledgers) {
      if (ledger.complete && !this.#roots.has(file)) ends.push([file, ledger.count, 0]);
    }
    return [
      { type: "say", message: { type: "accept_files", transfer: this.#transfer, take: this.#take } },
      ...(ends.length > 0 ? [/** @type {Effect} */ ({ type: "want", ranges: ends })] : []),
      ...this.#refill(),
    ];
  }

  /** @returns {Effect[]} */
  #lose() {
    if (this.state === "taking") this.state = "cut";
    this.#arrived.clear();
    for (const [file, ledger] of this.#ledgers) {
      for (const leaf of ledger.lose()) {
        this.#proving.delete(`${file}/${leaf}`);
        this.#release(file, leaf);
      }
    }
    return [];
  }

  /** Wants what fits the credit: of files begun first, then of further ones. @returns {Effect[]} */
  #refill() {
    if (this.state !== "taking" && this.state !== "cut") return [];
    /** @type {Effect[]} */ const finish = [];
    /** @type {Range[]} */ const ranges = [];
    const spent = { bytes: MAX_WANTED_BYTES - this.#credit.bytes, leaves: MAX_WANTED_LEAVES - this.#credit.leaves };
    if (this.state === "taking" && spent.bytes <= REFILL_BYTES && spent.leaves <= REFILL_LEAVES) {
      for (const [file, ledger] of this.#ledgers) this.#want(file, ledger, ranges);
      let begun = 0;
      for (const file of this.#waiting) {
        if (this.#finishing.size >= MAX_FINISHING) break;
        const ledger = new Ledger(this.#entries[file].size);
        if (ledger.whole) finish.push(this.#finish(file, 0, null, new Uint8Array()));
        else if (this.#want(file, ledger, ranges)) this.#ledgers.set(file, ledger);
        else break;
        begun += 1;
      }
      this.#waiting.splice(0, begun);
    }
    if (this.#waiting.length === 0 && this.#ledgers.size === 0 && this.#finishing.size === 0) {
      this.state = "closing";
      finish.push({ type: "finish_tree" });
    }
    return ranges.length > 0 ? [{ type: "want", ranges }, ...finish] : finish;
  }

  /** Adds what can be wanted of a file. @param {number} file @param {Ledger} ledger @param {Range[]} ranges */
  #want(file, ledger, ranges) {
    const before = ranges.length;
    for (;;) {
      const run = ledger.take(this.#credit.bytes, this.#credit.leaves);
      if (!run) return ranges.length > before;
      const [first, count] = run;
      for (let leaf = first; leaf < first + count; leaf += 1) this.#credit.bytes -= this.#cost(file, leaf);
      this.#credit.leaves -= count;
      ranges.push([file, first, count]);
    }
  }

  /** @param {number} file @param {number} leaf */
  #release(file, leaf) {
    this.#credit.bytes += this.#cost(file, leaf);
    this.#credit.leaves += 1;
  }

  /** @param {number} file @param {number} leaf */
  #cost(file, leaf) {
    return leafCost(this.#entries[file].size, leaf);
  }

  // Frames: what was not asked for, or is held already, is dropped; what cannot be is Malformed

  /** @param {number} file @param {number} leaf @param {number} offset @param {number} length @returns {Effect[]} */
  #data(file, leaf, offset, length) {
    const ledger = this.#asked(file, leaf);
    if (!ledger) return [];
    const key = `${file}/${leaf}`;
    const arrived = (this.#arrived.get(key) ?? 0) + length;
    if (!length || offset + length > ledger.length(leaf) || arrived > ledger.length(leaf)) {
      throw new Malformed(`sends bytes ${offset} to ${offset + length} of a leaf, ${arrived} in all`);
    }
    this.#arrived.set(key, arrived);
    return [{ type: "keep_data", file, leaf, offset }, ...this.#prove(file, leaf, ledger)];
  }

  /** @param {number} file @param {number} leaf @param {number} length @param {Uint8Array} sha256 @returns {Effect[]} */
  #leaf(file, leaf, length, sha256) {
    const ledger = this.#asked(file, leaf);
    if (!ledger) return [];
    if (!length || length > ledger.length(leaf) || (ledger.size >= 0 && length !== ledger.length(leaf))) {
      throw new Malformed(`says that a leaf has ${length} bytes, which it has not`);
    }
    this.#proving.set(`${file}/${leaf}`, { length, sha256 });
    return this.#prove(file, leaf, ledger);
  }

  /**
   * Once all of a leaf has come, over whatever lanes, and its proof.
   *
   * @param {number} file @param {number} leaf @param {Ledger} ledger @returns {Effect[]}
   */
  #prove(file, leaf, ledger) {
    const key = `${file}/${leaf}`;
    const proof = this.#proving.get(key);
    const arrived = this.#arrived.get(key) ?? 0;
    if (!proof || arrived < proof.length) return [];
    this.#arrived.delete(key);
    if (arrived > proof.length) throw new Malformed(`says that a leaf has ${proof.length} bytes, which it has not`);
    ledger.prove(leaf);
    return [{ type: "prove_leaf", file, leaf, sha256: proof.sha256 }];
  }

  /** @param {number} file @param {number} size @param {Uint8Array} root @returns {Effect[]} */
  #done(file, size, root) {
    this.#checkEntry(file);
    const ledger = this.#ledgers.get(file);
    if (!ledger) return [];
    if (ledger.size < 0) {
      for (const leaf of ledger.close(size)) {
        this.#proving.delete(`${file}/${leaf}`);
        this.#release(file, leaf);
      }
    } else if (ledger.size !== size) {
      throw new Malformed(`says that a file of ${ledger.size} bytes has ${size}`);
    }
    this.#roots.set(file, root);
    return [...this.#finishWhole(file, ledger), ...this.#refill()];
  }

  /** The ledger of a leaf that is wanted, null when it is not. @param {number} file @param {number} leaf */
  #asked(file, leaf) {
    this.#checkEntry(file);
    const ledger = this.#ledgers.get(file);
    return ledger && ledger.state(leaf) === WANTED ? ledger : null;
  }

  /** @param {number} file */
  #checkEntry(file) {
    if (file >= this.#entries.length || this.#entries[file].kind !== "file") {
      throw new Malformed(`sends entry ${file}, which is not a file`);
    }
  }

  // The disk

  /** @param {number} file @param {number} leaf @returns {Effect[]} */
  #proven(file, leaf) {
    const { ledger, proving } = this.#underWay(file, leaf);
    ledger.hold(leaf, proving.length, proving.sha256);
    this.#release(file, leaf);
    this.#tries.delete(`${file}/${leaf}`);
    this.bytes += proving.length;
    if (this.#limit >= 0 && this.bytes > this.#limit) {
      return this.#stop("too_big", `More came than the ${this.#limit} bytes that are taken here.`);
    }
    return [...this.#finishWhole(file, ledger), ...this.#refill()];
  }

  /** @param {number} file @param {number} leaf @returns {Effect[]} */
  #broken(file, leaf) {
    const { ledger } = this.#underWay(file, leaf);
    const tries = (this.#tries.get(`${file}/${leaf}`) ?? 0) + 1;
    this.#tries.set(`${file}/${leaf}`, tries);
    if (tries === MAX_TRIES) {
      return this.#stop("integrity", `A part of “${this.#entries[file].path}” came broken ${MAX_TRIES} times.`);
    }
    if (this.state === "taking") {
      ledger.again(leaf);
      return [{ type: "want", ranges: [[file, leaf, 1]] }];
    }
    ledger.miss(leaf);
    this.#release(file, leaf);
    return [];
  }

  /** What is known of a leaf being proven, which it is no more. @param {number} file @param {number} leaf */
  #underWay(file, leaf) {
    const ledger = this.#ledgers.get(file);
    const proving = this.#proving.get(`${file}/${leaf}`);
    if (!ledger || !proving) throw new TypeError(`leaf ${leaf} of entry ${file} is not being proven`);
    this.#proving.delete(`${file}/${leaf}`);
    return { ledger, proving };
  }

  /** @param {number} file @param {Ledger} ledger @returns {Effect[]} */
  #finishWhole(file, ledger) {
    const root = this.#roots.get(file);
    if (!ledger.whole || !root) return [];
    if (ledger.heldBytes !== ledger.size) {
      throw new Malformed(`says that a stream of ${ledger.heldBytes} bytes has ${ledger.size}`);
    }
    this.#ledgers.delete(file);
    this.#roots.delete(file);
    return [this.#finish(file, ledger.size, root, ledger.leaves)];
  }

  /**
   * @param {number} file @param {number} size @param {Uint8Array | null} root @param {Uint8Array} leaves
   * @returns {FinishFile}
   */
  #finish(file, size, root, leaves) {
    this.#finishing.add(file);
    return { type: "finish_file", file, size, root, leaves };
  }

  /** @param {Reason} reason @param {string} message @returns {Effect[]} */
  #stop(reason, message) {
    this.state = "failed";
    const told = [...message].slice(0, 300).join("");
    return [
      { type: "say", message: { type: "cancel_files", transfer: this.#transfer, reason, message: told } },
      { type: "fail", reason, message, by: "us" },
    ];
  }
}

/** @param {never} event @returns {never} */
function unreachable(event) {
  throw new TypeError(`no such event: ${JSON.stringify(event)}`);
}
