// A shelf in memory, for a browser that has no place of its own for files, as in a private window: everything goes with
// the page, and there is a limit.

import { equal } from "../core/bytes.js";
import { rootInput } from "../core/ledger.js";
import { zipOf } from "../store/zip.js";

/**
 * @import { Bytes } from "../core/bytes.js"
 * @import { Range, Small } from "../core/frames.js"
 * @import { FinishFile } from "../core/moves.js"
 * @import { Entry } from "../gen/messages.js"
 * @import { Shelf } from "./shelf.js"
 */

/** @implements {Shelf} */
export class MemoryShelf {
  kept = false;
  /** @type {Range[]} */
  held = [];
  /** @type {number[]} */
  placed = [];
  known = 0;
  #entries;
  #left;
  /** Leaves as Blobs, which the browser itself may move to disk. @type {Map<number, Map<number, Blob>>} */
  #leaves = new Map();
  /** @type {Map<number, Blob>} */
  #whole = new Map();

  /** @param {readonly Entry[]} entries @param {number} most bytes */
  constructor(entries, most) {
    this.#entries = entries;
    this.#left = most;
  }

  /** @param {number} length @returns {Bytes} */
  room(length) {
    return new Uint8Array(length);
  }

  /** @param {number} file @param {number} leaf @param {Bytes} data @param {Uint8Array} expected */
  async put(file, leaf, data, expected) {
    if (!equal(await sha256(data), expected)) return false;
    this.#spend(data.length);
    const leaves = this.#leaves.get(file) ?? new Map();
    this.#leaves.set(file, leaves.set(leaf, new Blob([data])));
    return true;
  }

  async check() {
    return false;
  }

  /** @param {readonly Small[]} files @param {Bytes} data */
  async take(files, data) {
    /** @type {{taken: number[], broken: number[]}} */
    const outcome = { taken: [], broken: [] };
    let end = 0;
    for (const { file, length, sha256: expected } of files) {
      const piece = data.subarray(end, (end += length));
      const right = equal(await sha256(piece), expected);
      (right ? outcome.taken : outcome.broken).push(file);
      if (!right) continue;
      this.#spend(length);
      this.#whole.set(file, new Blob([piece]));
    }
    return outcome;
  }

  /** @param {FinishFile} effect */
  async finish({ file, size, root, leaves }) {
    if (!equal(await sha256(rootInput(size, leaves)), root)) return false;
    const parts = [...(this.#leaves.get(file) ?? [])].sort(([a], [b]) => a - b);
    this.#leaves.delete(file);
    this.#whole.set(file, new Blob(parts.map(([, part]) => part)));
    return true;
  }

  /** @param {number} file */
  has(file) {
    return this.#whole.has(file);
  }

  /** @param {number} file */
  async blob(file) {
    return this.#whole.get(file) ?? new Blob();
  }

  async settle() {}

  /** @returns {Promise<never>} */
  zip() {
    return Promise.reject(new DOMException("nothing is kept here", "NotSupportedError"));
  }

  async zipped() {
    return false;
  }

  zipFile() {
    return new Response(zipOf(this.#entries, (file) => this.has(file), (file) => this.blob(file)).stream).blob();
  }

  /** Nothing can be kept: whole files stay as long as the page does. */
  async close() {
    this.#leaves.clear();
    return this.#whole.size > 0;
  }

  async discard() {
    this.#leaves.clear();
    this.#whole.clear();
  }

  /** @param {number} bytes */
  #spend(bytes) {
    this.#left -= bytes;
    if (this.#left < 0) throw new DOMException("more than is kept in memory", "QuotaExceededError");
  }
}

/** @param {Bytes} data */
const sha256 = async (data) => new Uint8Array(await crypto.subtle.digest("SHA-256", data));
