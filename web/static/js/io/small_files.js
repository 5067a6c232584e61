// Reads small files for a sender: whole, several at once, because they travel so.

/**
 * @import { Bytes } from "../core/bytes.js"
 * @import { Small } from "../core/frames.js"
 * @import { Source } from "./source.js"
 */

/**
 * Reads and hashes these entries.
 * @param {Pick<Source, "entries" | "leaves">} source @param {readonly number[]} numbers
 * @returns {Promise<[small: Small, data: Bytes][]>}
 * @throws {DOMException} a file cannot be read, or is not what it was
 */
export function readSmall({ entries, leaves }, numbers) {
  return Promise.all(numbers.map(async (file) => {
    const length = entries[file].size;
    const { bytes, sha256 } = await leaves.read(file, 0, length);
    /** @type {[Small, Bytes]} */
    const read = [{ file, length, sha256 }, bytes];
    return read;
  }));
}
