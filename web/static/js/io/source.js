// What a person picked to send, as a manifest that every receiver can store. Names that some disk would refuse are
// mended here, because the receiver refuses the whole manifest for one of them.

import { toBase64url, utf8 } from "../core/bytes.js";
import { randomBytes } from "../core/invite.js";
import { UnsafeName, checkPath, fold } from "../core/names.js";
import { HEADER_BYTES, MAX_ENTRIES, MAX_PAGE_ENTRIES } from "../gen/messages.js";
import { Breath } from "./breath.js";
import { SharedLeaves } from "./shared_leaves.js";

/**
 * @import { Bytes } from "../core/bytes.js"
 * @import { Entry } from "../gen/messages.js"
 */
/**
 * @typedef {{file: File, path: string, text?: boolean} | {file: null, path: string, mtime: number}} Picked  a folder has
 *   no file; text: it is to be read where it arrives
 * @typedef {File | Picked} Offered  a bare file may carry a `webkitRelativePath`
 */
/**
 * @typedef {object} Source
 * @property {string} id  the same for all who are offered it
 * @property {string} title
 * @property {readonly Entry[]} entries
 * @property {number} files  how many entries are files
 * @property {number} bytes
 * @property {SharedLeaves} leaves
 */

const MAX_TITLE = 255;

/** Whether all of it can be offered at once. @param {readonly Offered[]} offered */
export const fits = (offered) => offered.length <= MAX_ENTRIES;

/** @param {readonly Offered[]} offered at most MAX_ENTRIES @returns {Promise<Source>} */
export async function sourceOf(offered) {
  const breath = new Breath();
  const folders = new Folders();
  /** @type {string[]} */
  const names = [];
  for (const each of offered) {
    if (breath.due) await breath.take();
    names.push(folders.place(mend(pathOf(each)), each instanceof File || each.file !== null));
  }
  /** @type {Entry[]} */
  const entries = [];
  /** @type {(File | null)[]} */
  const files = [];
  /** @type {Set<string>} */
  const taken = new Set();
  for (const [index, each] of offered.entries()) {
    if (breath.due) await breath.take();
    const file = each instanceof File ? each : each.file;
    const path = names[index];
    if (file) entries.push(entryOf(unique(path, taken, folders), file, "text" in each && each.text === true));
    else if (!taken.has(fold(path))) entries.push(folderOf(path, "mtime" in each ? each.mtime : 0));
    else continue;
    taken.add(fold(entries[entries.length - 1].path));
    files.push(file);
  }
  return {
    id: toBase64url(randomBytes(8)), title: titleOf(entries), entries, files: files.filter(Boolean).length,
    bytes: entries.reduce((sum, entry) => sum + entry.size, 0), leaves: new SharedLeaves(files),
  };
}

/**
 * The manifest cut into pages that fit a message, made as they are asked for.
 * @param {readonly Entry[]} entries @param {number} maxMessage bytes
 * @returns {Generator<{first: number, last: boolean, payload: Bytes}, void, void>}
 */
export function* pagesOf(entries, maxMessage) {
  /** @type {string[]} */
  let lines = [];
  let [first, size] = [0, 2];
  const page = (/** @type {boolean} */ last) => ({ first, last, payload: utf8(`[${lines.join(",")}]`) });
  for (const [index, entry] of entries.entries()) {
    const line = JSON.stringify(entry);
    const length = utf8(line).length + 1;
    if (lines.length === MAX_PAGE_ENTRIES || (lines.length && size + length > maxMessage - HEADER_BYTES)) {
      yield page(false);
      [lines, first, size] = [[], index, 2];
    }
    lines.push(line);
    size += length;
  }
  yield page(true);
}

/** @param {Offered} offered */
const pathOf = (offered) => (offered instanceof File ? offered.webkitRelativePath || offered.name : offered.path);

/** @param {string} path @param {File} file @param {boolean} text @returns {Entry} */
const entryOf = (path, file, text) => ({ path, kind: "file", size: file.size, mtime: file.lastModified, mode: 0o644, target: "", text });

/** @param {string} path @param {number} mtime @returns {Entry} */
const folderOf = (path, mtime) => ({ path, kind: "dir", size: 0, mtime, mode: 0o755, target: "", text: false });

/** The folders of a manifest, each under one spelling: on some disks `Trip` and `trip` are the same. */
class Folders {
  /** By what it is on such a disk. @type {Map<string, string>} */
  #spellings = new Map();

  /** The path in folders that are spelt as before. @param {string} path @param {boolean} isFile @returns {string} */
  place(path, isFile) {
    if (!isFile) return this.#spell(path);
    const name = path.slice(path.lastIndexOf("/") + 1);
    return path === name ? path : `${this.#spell(path.slice(0, -name.length - 1))}/${name}`;
  }

  /** @param {string} path */
  has(path) {
    return this.#spellings.has(fold(path));
  }

  /** @param {string} folder @returns {string} */
  #spell(folder) {
    const key = fold(folder);
    let spelling = this.#spellings.get(key);
    if (spelling === undefined) this.#spellings.set(key, (spelling = this.place(folder, true)));
    return spelling;
  }
}

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

/** @param {string} path @param {Set<string>} taken @param {Folders} folders */
function unique(path, taken, folders) {
  let name = path;
  for (let count = 2; taken.has(fold(name)) || folders.has(name); count += 1) name = path.replace(/(\.[^./]*)?$/, ` (${count})$1`);
  return name;
}

/** A file's name, the folder that holds all, or the first name and how many more. @param {readonly Entry[]} entries */
function titleOf(entries) {
  const tops = new Set(entries.map((entry) => entry.path.split("/")[0]));
  const [first = ""] = tops;
  const title = tops.size > 1 ? `${first} +${tops.size - 1}` : first;
  return [...title].slice(-MAX_TITLE).join("");
}
