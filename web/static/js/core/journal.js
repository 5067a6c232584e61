// What of a transfer lies proven in its partial folder, as lines of JSON; the same lines as in peer/journal.py.
//
//     {"v":1,"fingerprint":…}                                 first
//     {"held":[[file,first,leaves],…]}                        written and proven, though the file is not whole yet
//     {"placed":[[file,path,root,mtime],…]}                   whole and proven
//
// A line is appended only once the data that it speaks of is on disk. Reading stops at the first line that is not
// whole: what a killed browser had not finished saying was not said.

import { LEAF_BYTES } from "../gen/messages.js";
import { fromUtf8, utf8 } from "./bytes.js";
import { leafCount } from "./ledger.js";

/** @import { Entry } from "../gen/messages.js" */
/** @import { Range } from "./frames.js" */
/** @typedef {[file: number, path: string, root: string, mtime: number]} Placed */
/**
 * @typedef {object} Journaled
 * @property {Range[]} held  sorted, none touching the next
 * @property {Placed[]} placed
 * @property {number} length  bytes of the lines that are whole
 */

const NEWLINE = 0x0a;

/** @param {string} fingerprint */
export const headLine = (fingerprint) => line({ v: 1, fingerprint });

/** @param {readonly Range[]} held */
export const heldLine = (held) => line({ held });

/** @param {readonly Placed[]} placed */
export const placedLine = (placed) => line({ placed });

/**
 * Reads as far as the lines are whole and make sense of this manifest; null when it is the journal of another one.
 * @param {Uint8Array} data @param {string} fingerprint @param {readonly Entry[]} entries
 * @returns {Journaled | null}
 */
export function readJournal(data, fingerprint, entries) {
  /** @type {Range[]} */
  const held = [];
  /** @type {Map<number, Placed>} */
  const placed = new Map();
  let length = 0;
  for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, length)) {
    const said = parse(data.subarray(length, end));
    if (length === 0 && (said?.v !== 1 || said.fingerprint !== fingerprint)) return null;
    if (!said || !lists(said.held, isRange) || !lists(said.placed, isPlaced)) break;
    held.push(...(said.held ?? []));
    for (const each of said.placed ?? []) placed.set(each[0], each);
    length = end + 1;
  }
  if (!length) return null;
  return { held: merge(held.filter(([file]) => !placed.has(file))), placed: [...placed.values()], length };

  /** @param {any} range */
  function isRange(range) {
    if (!Array.isArray(range) || range.length !== 3 || !range.every(isCount)) return false;
    const [file, first, leaves] = range;
    // A stream of unknown size is never gone on with, so nothing is journaled of it.
    return isFile(file) && leaves > 0 && first + leaves <= leafCount(entries[file].size);
  }

  /** @param {any} each */
  function isPlaced(each) {
    return Array.isArray(each) && isFile(each[0]) && each[1] === entries[each[0]].path && typeof each[2] === "string";
  }

  /** @param {any} file */
  function isFile(file) {
    return isCount(file) && entries[file]?.kind === "file" && entries[file].size >= 0;
  }
}

/** Sorted, and those that touch or overlap made one. @param {readonly Range[]} ranges @returns {Range[]} */
export function merge(ranges) {
  /** @type {[number, number, number][]} */
  const merged = [];
  for (const [file, first, leaves] of [...ranges].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = merged.at(-1);
    if (last && last[0] === file && first <= last[1] + last[2]) last[2] = Math.max(last[2], first + leaves - last[1]);
    else merged.push([file, first, leaves]);
  }
  return merged;
}

/** Bytes in ranges of leaves. @param {readonly Range[]} ranges @param {readonly Entry[]} entries */
export function bytesIn(ranges, entries) {
  const end = (/** @type {number} */ file, /** @type {number} */ leaf) => Math.min(entries[file].size, leaf * LEAF_BYTES);
  return ranges.reduce((sum, [file, first, leaves]) => sum + end(file, first + leaves) - first * LEAF_BYTES, 0);
}

/** @param {unknown} said */
const line = (said) => utf8(`${JSON.stringify(said)}\n`);

/** Whether it is not there, or a list of such. @param {any} list @param {(each: any) => boolean} such */
const lists = (list, such) => list === undefined || (Array.isArray(list) && list.every(such));

/** @param {any} value */
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;

/** @param {Uint8Array} data @returns {any} null when it is no object */
function parse(data) {
  try {
    const said = JSON.parse(fromUtf8(data));
    return typeof said === "object" ? said : null;
  } catch {
    return null;
  }
}
