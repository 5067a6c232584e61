// Files and folders as one zip, made while it is read: any size, flat memory.

import { makeZip, predictLength } from "../../vendor/client-zip/index.js";

import { LEAF_BYTES } from "../gen/messages.js";

/** @import { Entry } from "../gen/messages.js" */

/** A zip holds no other years. */
const FIRST = new Date(1980, 0, 1);
const LAST = new Date(2107, 11, 31);

/**
 * @param {readonly Entry[]} entries  a link is left out: a zip's reader may follow it anywhere
 * @param {(file: number) => boolean} has  whether a file is whole
 * @param {(file: number) => Promise<Blob>} blobOf
 * @returns {{stream: ReadableStream<Uint8Array>, length: number}} -1 where a file came as a stream of unknown size
 */
export function zipOf(entries, has, blobOf) {
  const shown = [...entries.entries()].filter(([file, { kind }]) => kind === "dir" || (kind === "file" && has(file)));
  const named = (/** @type {Entry} */ { path, kind }) => (kind === "dir" ? `${path}/` : path);
  const told = shown.every(([, { size }]) => size >= 0);
  const length = told ? Number(predictLength(shown.map(([, entry]) => ({ name: named(entry), size: entry.size })))) : -1;
  return { stream: makeZip(inputs(), { buffersAreUTF8: true }), length };

  async function* inputs() {
    for (const [file, entry] of shown) {
      const [name, lastModified] = [named(entry), dateOf(entry.mtime)];
      if (entry.kind === "dir") yield { name, lastModified };
      else yield { name, lastModified, input: pieces(await blobOf(file)) };
    }
  }
}

/** In larger pieces than a Blob streams by itself: each costs a way through two workers. @param {Blob} blob */
async function* pieces(blob) {
  for (let at = 0; at < blob.size; at += LEAF_BYTES) yield new Uint8Array(await blob.slice(at, at + LEAF_BYTES).arrayBuffer());
}

/** @param {number} mtime milliseconds since 1970 */
function dateOf(mtime) {
  const date = new Date(mtime);
  return date < FIRST || Number.isNaN(date.getTime()) ? FIRST : date > LAST ? LAST : date;
}
