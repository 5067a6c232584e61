// Leaves while they come in: payloads put together until the proof of the whole is there.

import { LEAF_BYTES } from "../gen/messages.js";

/**
 * @import { Bytes } from "../core/bytes.js"
 * @import { Frame } from "../core/frames.js"
 */

export class Leaves {
  /** @type {Map<string, {bytes: Bytes, length: number}>} */
  #kept = new Map();

  /**
   * A DATA frame whose place was checked; those of one leaf come in any order.
   * @param {Frame} frame @param {number} size of the file, -1 when not known
   * @param {(length: number) => Bytes} roomOf
   */
  keep({ file, leaf, offset, payload }, size, roomOf) {
    const key = `${file}/${leaf}`;
    const room = size < 0 ? LEAF_BYTES : Math.min(LEAF_BYTES, size - leaf * LEAF_BYTES);
    const kept = this.#kept.get(key) ?? { bytes: roomOf(room), length: 0 };
    kept.bytes.set(payload, offset);
    kept.length = Math.max(kept.length, offset + payload.length);
    this.#kept.set(key, kept);
  }

  /** The leaf as far as it came; it is forgotten here. @param {number} file @param {number} leaf @returns {Bytes} */
  take(file, leaf) {
    const key = `${file}/${leaf}`;
    const kept = this.#kept.get(key);
    this.#kept.delete(key);
    return kept ? kept.bytes.subarray(0, kept.length) : new Uint8Array();
  }

  clear() {
    this.#kept.clear();
  }
}
