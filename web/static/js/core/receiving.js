/**
 * The receiver's half of a transfer. Twin of peer/core/receiving.py, driven by tests/vectors/receiving.json; the
 * diagram stands there. Pure and synchronous; bytes never pass through it.
 *
 * How a shell uses it. Read the MANIFEST pages from the lane, check them whole (decodeEntries, then checkEntries of
 * names.js), ask the person; once they accept, make one Receiving and keep it across links:
 *
 *     const receiving = new Receiving(transfer, entries, take, {held, placed});  // take: entry numbers, null for all
 *     for (const effect of receiving.step({type: "lane_opened"})) run(effect);
 *
 * moves.js says what each effect asks for and when each event is stepped. `step` throws Malformed when the sender
 * erred: step {type: "stopped", reason: "error", message} then.
 */

import { MAX_WANTED_LEAVES } from "../gen/messages.js";
import { Malformed } from "./codec.js";
import { Credit } from "./credit.js";
import { KEPT, Ledger, WANTED } from "./ledger.js";

/** @typedef {import("../gen/messages.js").Entry} Entry */
/** @typedef {import("./frames.js").Range} Range */
/** @typedef {import("./frames.js").Small} Small */
/** @typedef {import("./moves.js").Reason} Reason */
/** @typedef {import("./moves.js").ReceivingEvent} Event */
/** @typedef {import("./moves.js").ReceivingEffect} Effect */
/**
 * @typedef {object} Options
 * @property {number} [limit]  the most bytes to take, -1 for any number
 * @property {readonly Range[]} [held]  leaves that an earlier run has written; their proofs are asked for beside the stream
 * @property {Iterable<number>} [placed]  files that an earlier run has finished
 * @property {boolean} [ordered]  leaves are written one after another
 */

/** A leaf that came broken this often ends the transfer. */
export const MAX_TRIES = 3;
/** Files being finished at once; no further file is begun meanwhile. */
export const MAX_FINISHING = 64;
/** A longer choice does not fit a control message: the sender is not told of it, it only sees what is wanted. */
export const MAX_TAKE = 1000;

/** One accepted transfer, across any number of lanes. */
export class Receiving {
  /** @type {"cut" | "taking" | "closing" | "done" | "failed"} */ state = "cut";
  /** Bytes written and proven so far, those of an earlier run among them. */
  bytes = 0;
  #transfer;
  #entries;
  #take;
  #limit;
  #ordered;
  #placed;
  #waiting;
  /** Files begun and not yet being finished. @type {Map<number, Ledger>} */ #ledgers = new Map();
  /** @type {Map<number, Uint8Array>} */ #roots = new Map();
  /** @type {Map<string, number>} */ #arrived = new Map();
  /** Proofs of leaves that are being hashed, of those held from an earlier run too; a small file may be there whole. */
  #proving = /** @type {Map<string, {length: number, sha256: Uint8Array, whole: boolean}>} */ (new Map());
  /** @type {Map<string, number>} */ #tries = new Map();
  /** @type {Set<number>} */ #finishing = new Set();
  /** Empty files that are being made. @type {Set<number>} */ #making = new Set();
  #credit;

  /**
   * @param {string} transfer
   * @param {readonly Entry[]} entries  the manifest, checked
   * @param {readonly number[] | null} take  the entries to take, null for all
   * @param {Options} options
   */
  constructor(transfer, entries, take = null, { limit = -1, held = [], placed = [], ordered = false } = {}) {
    this.#transfer = transfer;
    this.#entries = entries;
    this.#take = take && take.length <= MAX_TAKE ? [...take] : null;
    this.#limit = limit;
    this.#ordered = ordered;
    this.#credit = new Credit(entries);
    this.#placed = [...placed].sort((a, b) => a - b);
    for (const [file, first, count] of held) {
      const ledger = this.#ledgers.get(file) ?? this.#ledger(file);
      this.#ledgers.set(file, ledger);
      ledger.keep(first, Math.min(count, ledger.count - first));
    }
    for (const file of this.#placed) this.bytes += entries[file].size;
    for (const ledger of this.#ledgers.values()) this.bytes += ledger.heldBytes;
    const begun = new Set([...this.#ledgers.keys(), ...this.#placed]);
    this.#waiting = (take ?? [...entries.keys()]).filter((file) => entries[file].kind === "file" && !begun.has(file));
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
      case "files_arrived":
        return this.#files(event.files);
      case "files_taken":
        return this.#taken(event.files);
      case "files_broken":
        return event.files.flatMap((file) => this.#broken(file, 0));
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
      if (ledger.complete && !this.#roots.has(file) && !this.#proving.get(`${file}/0`)?.whole) ends.push([file, ledger.count, 0]);
    }
    /** @type {Range[]} */ const have = this.#placed.map((file) => [file, 0, 0]);
    for (const [file, ledger] of this.#ledgers) for (const run of ledger.kept()) have.push([file, ...run]);
    return [
      { type: "say", message: { type: "accept_files", transfer: this.#transfer, take: this.#take } },
      ...(have.length > 0 ? [/** @type {Effect} */ ({ type: "have", ranges: have })] : []),
      ...(ends.length > 0 ? [/** @type {Effect} */ ({ type: "want", ranges: ends })] : []),
      ...this.#refill(),
    ];
  }

  /** @returns {Effect[]} */
  #lose() {
    if (this.state === "taking") this.state = "cut";
    this.#arrived.clear();
    for (const [file, ledger] of this.#ledgers) {
      for (const leaf of ledger.lose()) this.#forget(file, leaf);
    }
    return [];
  }

  /** A wanted leaf will not come. @param {number} file @param {number} leaf */
  #forget(file, leaf) {
    this.#proving.delete(`${file}/${leaf}`);
    this.#credit.release(file, leaf);
  }

  /** Wants what fits the credit: of files begun first, then of further ones. @returns {Effect[]} */
  #refill() {
    if (this.state !== "taking" && this.state !== "cut") return [];
    /** @type {Effect[]} */ const finish = [];
    /** @type {Range[]} */ const ranges = [];
    if (this.state === "taking" && this.#credit.refills) {
      for (const [file, ledger] of this.#ledgers) this.#credit.spend(file, ledger, ranges);
      /** @type {number[]} */ const empty = [];
      let begun = 0;
      for (const file of this.#waiting) {
        if (this.#finishing.size >= MAX_FINISHING || this.#making.size + empty.length >= MAX_WANTED_LEAVES) break;
        const ledger = this.#ledger(file);
        if (ledger.whole) empty.push(file);
        else if (this.#credit.spend(file, ledger, ranges)) this.#ledgers.set(file, ledger);
        else break;
        begun += 1;
      }
      this.#waiting.splice(0, begun);
      for (const file of empty) this.#making.add(file);
      if (empty.length > 0) finish.push({ type: "make_files", files: empty });
    }
    if (this.#waiting.length + this.#ledgers.size + this.#finishing.size + this.#making.size === 0) {
      this.state = "closing";
      finish.push({ type: "finish_tree" });
    }
    return ranges.length > 0 ? [{ type: "want", ranges }, ...finish] : finish;
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
    if (!ledger) return this.#leafKept(file, leaf, length, sha256);
    if (!length || length > ledger.length(leaf) || (ledger.size >= 0 && length !== ledger.length(leaf))) {
      throw new Malformed(`says that a leaf has ${length} bytes, which it has not`);
    }
    this.#proving.set(`${file}/${leaf}`, { length, sha256, whole: false });
    return this.#prove(file, leaf, ledger);
  }

  /**
   * Once all of a leaf has come, over whatever lanes, and its proof.
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

  /**
   * The proof of a leaf that is held from an earlier run.
   * @param {number} file @param {number} leaf @param {number} length @param {Uint8Array} sha256 @returns {Effect[]}
   */
  #leafKept(file, leaf, length, sha256) {
    const ledger = this.#ledgers.get(file);
    const key = `${file}/${leaf}`;
    if (ledger?.state(leaf) !== KEPT || this.#proving.has(key)) return [];
    if (length !== ledger.length(leaf)) throw new Malformed(`says that a leaf has ${length} bytes, which it has not`);
    this.#proving.set(key, { length, sha256, whole: false });
    return [{ type: "check_leaf", file, leaf, sha256 }];
  }

  /** @param {readonly Small[]} files @returns {Effect[]} */
  #files(files) {
    const taking = files.filter(({ file, length, sha256 }) => {
      const ledger = this.#asked(file, 0);
      if (!ledger) return false;
      if (length !== ledger.size) throw new Malformed(`says that a file of ${ledger.size} bytes has ${length}`);
      this.#arrived.delete(`${file}/0`);
      ledger.prove(0);
      this.#proving.set(`${file}/0`, { length, sha256, whole: true });
      return true;
    });
    return taking.length > 0 ? [{ type: "take_files", files: taking }] : [];
  }

  /** @param {number} file @param {number} size @param {Uint8Array} root @returns {Effect[]} */
  #done(file, size, root) {
    this.#checkEntry(file);
    const ledger = this.#ledgers.get(file);
    if (!ledger) return [];
    if (ledger.size < 0) {
      for (const leaf of ledger.close(size)) this.#forget(file, leaf);
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

  /** @param {readonly number[]} files */
  #taken(files) {
    for (const file of files) {
      if (this.#making.delete(file)) continue;
      this.#ledgers.delete(file);
      this.#proving.delete(`${file}/0`);
      this.#roots.delete(file);
      this.#tries.delete(`${file}/0`);
      this.#credit.release(file, 0);
      this.bytes += this.#entries[file].size;
    }
    return this.#refill();
  }

  /** @param {number} file @param {number} leaf @returns {Effect[]} */
  #proven(file, leaf) {
    const { ledger, length, sha256 } = this.#underWay(file, leaf);
    const kept = ledger.state(leaf) === KEPT;
    ledger.hold(leaf, length, sha256);
    if (!kept) {
      this.#credit.release(file, leaf);
      this.#tries.delete(`${file}/${leaf}`);
      this.bytes += length;
      if (this.#limit >= 0 && this.bytes > this.#limit) {
        return this.#stop("too_big", `More came than the ${this.#limit} bytes that are taken here.`);
      }
    }
    return [...this.#finishWhole(file, ledger), ...this.#refill()];
  }

  /** @param {number} file @param {number} leaf @returns {Effect[]} */
  #broken(file, leaf) {
    const { ledger, length } = this.#underWay(file, leaf);
    if (ledger.state(leaf) === KEPT) { // the disk's fault, not the sender's
      this.bytes -= length;
      ledger.miss(leaf);
      return this.#refill();
    }
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
    this.#credit.release(file, leaf);
    return [];
  }

  /** What is known of a leaf being proven, which it is no more. @param {number} file @param {number} leaf */
  #underWay(file, leaf) {
    const ledger = this.#ledgers.get(file);
    const proving = this.#proving.get(`${file}/${leaf}`);
    if (!ledger || !proving) throw new TypeError(`leaf ${leaf} of entry ${file} is not being proven`);
    this.#proving.delete(`${file}/${leaf}`);
    return { ledger, ...proving };
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
    this.#finishing.add(file);
    return [{ type: "finish_file", file, size: ledger.size, root, leaves: ledger.leaves }];
  }

  /** @param {number} file */
  #ledger(file) {
    return new Ledger(this.#entries[file].size, this.#ordered);
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
