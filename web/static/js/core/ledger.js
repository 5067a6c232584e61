// Which leaves of one file are missing, wanted, being proven and held, and the proofs of those held.
// Twin of peer/core/ledger.py, where the diagram stands.

import { LEAF_BYTES, ROOT_LABEL } from "../gen/messages.js";
import { concat, utf8 } from "./bytes.js";
import { Malformed } from "./codec.js";

export const HASH_BYTES = 32;
/** How far ahead of its first leaf not held a file of unknown size is wanted. */
export const STREAM_LEAVES = 16;

export const MISSING = 0;
export const WANTED = 1;
export const PROVING = 2;
export const HELD = 3;
export const KEPT = 4;

/** Leaves of a file of `size` bytes. @param {number} size */
export const leafCount = (size) => Math.ceil(size / LEAF_BYTES);

/**
 * What a leaf counts against credit: its length, or a whole leaf where the size is not known.
 * @param {number} size  as the manifest says it @param {number} leaf
 */
export const leafCost = (size, leaf) => (size < 0 ? LEAF_BYTES : Math.min(LEAF_BYTES, size - leaf * LEAF_BYTES));

/**
 * What SHA-256 makes a file's root of: label, size (u64, big-endian) and leaf hashes.
 * @param {number} size @param {Uint8Array} leaves
 */
export function rootInput(size, leaves) {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(size));
  return concat(utf8(ROOT_LABEL), length, leaves);
}

/** The leaves of one file. */
export class Ledger {
  /** Of leaves held and kept. */
  heldBytes = 0;
  #ordered;
  #held = 0;
  #cursor = 0;
  #floor = 0;
  #states = new Uint8Array(16); // both grow with what is touched: a manifest may claim any size
  #hashes = new Uint8Array(16 * HASH_BYTES);

  /**
   * @param {number} size  bytes of the file, -1 when it is not known before its end
   * @param {boolean} ordered  want no leaf that is STREAM_LEAVES or more behind the first one not held; always so when
   *   the size is not known
   */
  constructor(size, ordered = false) {
    this.size = size;
    this.#ordered = ordered || size < 0;
    /** Leaves known of so far; all of them once the size is known. */
    this.count = leafCount(Math.max(size, 0));
  }

  /** Whether every leaf is held and the size is known. */
  get whole() {
    return this.size >= 0 && this.#held === this.count;
  }

  /** Whether every leaf has come, though some may still be in the proving, and the size is known. */
  get complete() {
    const come = this.#states.reduce((sum, state) => sum + Number(state === HELD || state === PROVING), 0);
    return this.size >= 0 && come === this.count;
  }

  /** The hashes of all leaves, in order, 32 bytes each. */
  get leaves() {
    return this.#hashes.slice(0, this.count * HASH_BYTES);
  }

  /** MISSING, WANTED, PROVING, HELD or KEPT. @param {number} leaf */
  state(leaf) {
    return this.#states[leaf] ?? MISSING;
  }

  /** SHA-256 of a leaf that is held. @param {number} leaf */
  proof(leaf) {
    return this.#hashes.slice(leaf * HASH_BYTES, (leaf + 1) * HASH_BYTES);
  }

  /** Bytes that a leaf has; the most that it may have while the size is not known. @param {number} leaf */
  length(leaf) {
    return leafCost(this.size, leaf);
  }

  /**
   * Marks the next run of missing leaves that fits as wanted.
   * @param {number} mostBytes @param {number} mostLeaves @returns {[first: number, count: number] | null}
   */
  take(mostBytes, mostLeaves) {
    if (this.size < 0) this.count = Math.max(this.count, this.#floor + STREAM_LEAVES);
    while (this.state(this.#cursor) !== MISSING) this.#cursor += 1;
    const first = this.#cursor;
    let end = first;
    const bound = this.#ordered ? Math.min(this.count, this.#floor + STREAM_LEAVES) : this.count;
    while (end < bound && end - first < mostLeaves && this.state(end) === MISSING) {
      mostBytes -= this.length(end);
      if (mostBytes < 0) break;
      this.#mark(end, WANTED);
      end += 1;
    }
    this.#cursor = end;
    return end > first ? [first, end - first] : null;
  }

  /**
   * These leaves are held from an earlier run; those that are held and proven stay so.
   * @param {number} first @param {number} count
   */
  keep(first, count) {
    for (let leaf = first; leaf < first + count; leaf += 1) {
      if (this.state(leaf) !== MISSING) continue;
      this.heldBytes += this.length(leaf);
      this.#mark(leaf, KEPT);
    }
  }

  /** Runs of leaves that are kept. @returns {Generator<[first: number, count: number]>} */
  *kept() {
    for (let end = 0, first; (first = this.#states.indexOf(KEPT, end)) >= 0;) {
      for (end = first; this.state(end) === KEPT;) end += 1;
      yield [first, end - first];
    }
  }

  /** The leaf has come and is being hashed. @param {number} leaf */
  prove(leaf) {
    this.#mark(leaf, PROVING);
  }

  /** The leaf came broken and is asked for once more. @param {number} leaf */
  again(leaf) {
    this.#mark(leaf, WANTED);
  }

  /** The leaf came broken and cannot be asked for now, or was kept and is broken. @param {number} leaf */
  miss(leaf) {
    if (this.state(leaf) === KEPT) this.heldBytes -= this.length(leaf);
    this.#states[leaf] = MISSING;
    this.#cursor = Math.min(this.#cursor, leaf);
  }

  /**
   * The leaf is proven (receiver), or was sent with this proof (sender).
   * @param {number} leaf @param {number} length @param {Uint8Array} proof
   */
  hold(leaf, length, proof) {
    const before = this.state(leaf);
    if (before !== HELD) this.#held += 1;
    if (before !== HELD && before !== KEPT) this.heldBytes += length;
    this.#mark(leaf, HELD);
    this.count = Math.max(this.count, leaf + 1);
    this.#hashes.set(proof, leaf * HASH_BYTES);
    while (this.state(this.#floor) === HELD) this.#floor += 1;
  }

  /** Wanted leaves will not come any more; which are missing again. */
  lose() {
    const lost = this.#wanted(this.#floor);
    for (const leaf of lost) this.#states[leaf] = MISSING;
    this.#cursor = this.#floor;
    return lost;
  }

  /**
   * A file of unknown size ended; the wanted leaves that lie beyond its end.
   * @param {number} size
   * @throws {Malformed} it does not end where the leaves do that were wanted and have come
   */
  close(size) {
    const count = leafCount(size);
    if (count > this.count || this.#states.subarray(count).some((state) => state > WANTED)) {
      throw new Malformed(`a file of ${size} bytes does not end where its leaves do`);
    }
    const beyond = this.#wanted(count);
    this.#states.fill(MISSING, count);
    this.size = size;
    this.count = count;
    return beyond;
  }

  /** @param {number} start */
  #wanted(start) {
    const found = [];
    for (let leaf = start; leaf < this.#states.length; leaf += 1) if (this.#states[leaf] === WANTED) found.push(leaf);
    return found;
  }

  /** @param {number} leaf @param {number} state */
  #mark(leaf, state) {
    if (leaf >= this.#states.length) {
      const room = Math.max(leaf + 1, this.#states.length * 2);
      const [states, hashes] = [new Uint8Array(room), new Uint8Array(room * HASH_BYTES)];
      states.set(this.#states);
      hashes.set(this.#hashes);
      [this.#states, this.#hashes] = [states, hashes];
    }
    this.#states[leaf] = state;
  }
}
