// Reads small files for a sender: whole, several at once, because they travel so.

/**
 * @import { Bytes } from "../core/bytes.js"
 * @import { Small } from "../core/frames.js"
 * @import { Source } from "./source.js"
 */

/**
 * Reads and hashes these entries.
 * @param {Pick<Source, "entries" | "files">} source @param {readonly number[]} numbers
 * @returns {Promise<[small: Small, data: Bytes][]>}
 * @throws {DOMException} a file cannot be read, or has not the size that its entry says
 */
export function readSmall({ entries, files }, numbers) {
  return Promise.all(numbers.map(async (file) => {
    const data = new Uint8Array((await files[file]?.arrayBuffer()) ?? new ArrayBuffer(0));
    const length = entries[file].size;
    if (data.length !== length) throw new DOMException("not as long as it was", "NotReadableError");
    const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
    /** @type {[Small, Bytes]} */
    const read = [{ file, length, sha256 }, data];
    return read;
  }));
}
