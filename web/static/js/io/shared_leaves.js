// The leaves of what is offered, read and hashed once for all receivers that move together. A leaf stays in memory until
// each of them has had it, but no more than the latest 64 MiB do: who falls behind has it read again.

import { HELD, Ledger } from "../core/ledger.js";
import { equal } from "../core/bytes.js";
import { LEAF_BYTES } from "../gen/messages.js";

/** @typedef {{bytes: Uint8Array<ArrayBuffer>, sha256: Uint8Array<ArrayBuffer>}} Leaf */
/** @typedef {{leaf: Promise<Leaf>, length: number, had: Set<object>}} Kept */

const MOST_BYTES = 64 * LEAF_BYTES;

export class SharedLeaves {
  #files;
  /** Those under way. @type {Set<object>} */
  #receivers = new Set();
  /** Oldest first. @type {Map<string, Kept>} */
  #kept = new Map();
  #keptBytes = 0;
  /** What each leaf was when it was read first. @type {Map<number, Ledger>} */
  #ledgers = new Map();

  /** @param {readonly (File | null)[]} files by entry */
  constructor(files) {
    this.#files = files;
  }

  /** Leaves are kept for it from now on. @param {object} receiver */
  join(receiver) {
    this.#receivers.add(receiver);
  }

  /** It wants no more. @param {object} receiver */
  part(receiver) {
    this.#receivers.delete(receiver);
    for (const [key, kept] of this.#kept) this.#settle(key, kept);
  }

  /**
   * @param {object} receiver @param {number} file @param {number} leaf @param {number} length bytes
   * @returns {Promise<Leaf>} rejects with a DOMException: the file cannot be read, or is not what it was
   */
  take(receiver, file, leaf, length) {
    const key = `${file}/${leaf}`;
    const kept = this.#kept.get(key) ?? this.#read(key, file, leaf, length);
    kept.had.add(receiver);
    this.#settle(key, kept);
    return kept.leaf;
  }

  /** @param {string} key @param {number} file @param {number} leaf @param {number} length */
  #read(key, file, leaf, length) {
    const kept = { leaf: this.read(file, leaf, length), length, had: new Set() };
    this.#kept.set(key, kept);
    this.#keptBytes += length;
    kept.leaf.catch(() => this.#kept.get(key) === kept && this.#drop(key, kept));
    for (const [oldest, other] of this.#kept) {
      if (this.#keptBytes <= MOST_BYTES) break;
      this.#drop(oldest, other);
    }
    return kept;
  }

  /**
   * Reads a leaf for one receiver alone.
   * @param {number} file @param {number} leaf @param {number} length bytes
   * @returns {Promise<Leaf>} rejects as `take` does
   */
  async read(file, leaf, length) {
    const start = leaf * LEAF_BYTES;
    const blob = this.#files[file]?.slice(start, start + length);
    const bytes = new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0));
    if (bytes.length !== length) throw new DOMException("shorter than it was", "NotReadableError");
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const ledger = this.#ledger(file);
    if (ledger.state(leaf) !== HELD) ledger.hold(leaf, length, hash);
    else if (!equal(ledger.proof(leaf), hash)) throw new DOMException("not what it was", "NotReadableError");
    return { bytes, sha256: hash };
  }

  /** @param {number} file */
  #ledger(file) {
    let ledger = this.#ledgers.get(file);
    if (!ledger) this.#ledgers.set(file, (ledger = new Ledger(this.#files[file]?.size ?? 0)));
    return ledger;
  }

  /** @param {string} key @param {Kept} kept */
  #settle(key, kept) {
    if ([...this.#receivers].every((receiver) => kept.had.has(receiver))) this.#drop(key, kept);
  }

  /** @param {string} key @param {Kept} kept */
  #drop(key, kept) {
    if (this.#kept.delete(key)) this.#keptBytes -= kept.length;
  }
}
