// What a receiver may have asked for and not yet proven on disk: so much keeps the stream going, and no more its memory.
// Twin of peer/core/credit.py.

import { MAX_WANTED_BYTES, MAX_WANTED_LEAVES } from "../gen/messages.js";
import { leafCost } from "./ledger.js";

/** @typedef {import("../gen/messages.js").Entry} Entry */
/** @typedef {import("./frames.js").Range} Range */
/** @typedef {import("./ledger.js").Ledger} Ledger */

export const REFILL_BYTES = (MAX_WANTED_BYTES * 3) / 4;
export const REFILL_LEAVES = (MAX_WANTED_LEAVES * 3) / 4;

export class Credit {
  #entries;
  #bytes = MAX_WANTED_BYTES;
  #leaves = MAX_WANTED_LEAVES;

  /** @param {readonly Entry[]} entries */
  constructor(entries) {
    this.#entries = entries;
  }

  /** Whether so much has come that more should be wanted: one WANT asks for many leaves. */
  get refills() {
    return MAX_WANTED_BYTES - this.#bytes <= REFILL_BYTES && MAX_WANTED_LEAVES - this.#leaves <= REFILL_LEAVES;
  }

  /**
   * Adds what can be wanted of a file; false when that is nothing.
   * @param {number} file @param {Ledger} ledger @param {Range[]} ranges
   */
  spend(file, ledger, ranges) {
    const before = ranges.length;
    for (;;) {
      const run = ledger.take(this.#bytes, this.#leaves);
      if (!run) return ranges.length > before;
      const [first, count] = run;
      for (let leaf = first; leaf < first + count; leaf += 1) this.#bytes -= this.#cost(file, leaf);
      this.#leaves -= count;
      ranges.push([file, first, count]);
    }
  }

  /** A leaf has been proven, or will not come. @param {number} file @param {number} leaf */
  release(file, leaf) {
    this.#bytes += this.#cost(file, leaf);
    this.#leaves += 1;
  }

  /** @param {number} file @param {number} leaf */
  #cost(file, leaf) {
    return leafCost(this.#entries[file].size, leaf);
  }
}
