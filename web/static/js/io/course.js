// Where a transfer is on its way: which file of how many, how fast, how long still.

import { Meter } from "./meter.js";

/** @import { Entry } from "../gen/messages.js" */
/** @typedef {{path: string, number: number, count: number}} Current  the file that moves, counted from 1 */

export class Course {
  /** Files, folders and links aside. */
  files = 0;
  #meter = new Meter();
  #entries;
  #numbers;
  #file = -1;

  /** @param {readonly Entry[]} entries */
  constructor(entries) {
    this.#entries = entries;
    this.#numbers = new Uint32Array(entries.length);
    entries.forEach((entry, file) => {
      if (entry.kind === "file") this.files += 1;
      this.#numbers[file] = this.files;
    });
  }

  /** Bytes of this entry move. @param {number} file */
  reach(file) {
    this.#file = file;
  }

  /** Null where there is one file only, or none has moved yet. @returns {Current | null} */
  get current() {
    const entry = this.#entries[this.#file];
    return entry && this.files > 1 ? { path: entry.path, number: this.#numbers[this.#file], count: this.files } : null;
  }

  /** @param {number} bytes moved so far @param {boolean} moves */
  update(bytes, moves) {
    if (moves) this.#meter.update(bytes, performance.now());
    else this.#meter.rest();
  }

  get rate() {
    return this.#meter.rate;
  }

  /** Seconds until `total`, null when that cannot be told. @param {number} bytes @param {number} total */
  eta(bytes, total) {
    return this.#meter.eta(bytes, total);
  }
}
