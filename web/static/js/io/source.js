// What a person picked to send, as a manifest that every receiver can store. Names that some disk would refuse are
// mended here, because the receiver refuses the whole manifest for one of them.

import { utf8 } from "../core/bytes.js";
import { UnsafeName, checkPath, fold } from "../core/names.js";
import { HEADER_BYTES, MAX_ENTRIES, MAX_PAGE_ENTRIES } from "../gen/messages.js";

/**
 * @import { Bytes } from "../core/bytes.js"
 * @import { Entry } from "../gen/messages.js"
 */
/** @typedef {File | {file: File, path: string}} Offered  a bare file may carry a `webkitRelativePath` */
/** @typedef {{title: string, entries: readonly Entry[], files: readonly File[], bytes: number}} Source */

const MAX_TITLE = 255;

/** @param {readonly Offered[]} offered @returns {Source} */
export function sourceOf(offered) {
  /** @type {Set<string>} */
  const taken = new Set();
  const files = offered.slice(0, MAX_ENTRIES).map((each) => (each instanceof File ? each : each.file));
  const entries = offered.slice(0, MAX_ENTRIES).map((each, index) => {
    const path = each instanceof File ? each.webkitRelativePath || each.name : each.path;
    return entryOf(unique(mend(path), taken), files[index]);
  });
  return { title: titleOf(entries), entries, files, bytes: entries.reduce((sum, entry) => sum + entry.size, 0) };
}

/**
 * The manifest cut into pages that fit a message.
 * @param {readonly Entry[]} entries @param {number} maxMessage bytes
 * @returns {{first: number, payload: Bytes}[]}
 */
export function pagesOf(entries, maxMessage) {
  /** @type {{first: number, payload: Bytes}[]} */
  const pages = [];
  /** @type {string[]} */
  let lines = [];
  let [first, size] = [0, 2];
  const cut = (/** @type {number} */ next) => {
    pages.push({ first, payload: utf8(`[${lines.join(",")}]`) });
    [lines, first, size] = [[], next, 2];
  };
  entries.forEach((entry, index) => {
    const line = JSON.stringify(entry);
    const length = utf8(line).length + 1;
    if (lines.length === MAX_PAGE_ENTRIES || (lines.length && size + length > maxMessage - HEADER_BYTES)) cut(index);
    lines.push(line);
    size += length;
  });
  cut(entries.length);
  return pages;
}

/** @param {string} path @param {File} file @returns {Entry} */
const entryOf = (path, file) => ({ path, kind: "file", size: file.size, mtime: file.lastModified, mode: 0o644, target: "", text: false });

/** @param {string} path */
function mend(path) {
  const parts = path.toWellFormed().normalize("NFC").split("/").filter((part) => part !== "" && part !== "." && part !== "..");
  return parts.map(mendPart).join("/") || "_";
}

/** @param {string} part */
function mendPart(part) {
  const mended = part
    .replace(/[\\:\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "_")
    .replace(/[. ]+$/, (tail) => "_".repeat(tail.length));
  try {
    checkPath(mended);
    return mended;
  } catch (error) {
    if (!(error instanceof UnsafeName)) throw error;
    return error.rule === "long" ? shorten(mended) : `_${mended}`;
  }
}

/** Keeps the ending, by which a person knows the kind of a file. @param {string} part */
function shorten(part) {
  const [ending] = /\.[^.]{1,16}$/.exec(part) ?? [""];
  const room = 240 - utf8(ending).length;
  let kept = "";
  for (const letter of part.slice(0, part.length - ending.length)) {
    if (utf8(kept + letter).length > room) break;
    kept += letter;
  }
  return kept.replace(/[. ]+$/, "_") + ending;
}

/** @param {string} path @param {Set<string>} taken */
function unique(path, taken) {
  let name = path;
  for (let count = 2; taken.has(fold(name)); count += 1) name = path.replace(/(\.[^./]*)?$/, ` (${count})$1`);
  taken.add(fold(name));
  return name;
}

/** A file's name, the folder that holds all, or the first name and how many more. @param {readonly Entry[]} entries */
function titleOf(entries) {
  const tops = new Set(entries.map((entry) => entry.path.split("/")[0]));
  const [first = ""] = tops;
  const title = tops.size > 1 ? `${first} +${tops.size - 1}` : first;
  return [...title].slice(-MAX_TITLE).join("");
}
