// A manifest's pages on a lane: sent one after another, or read into one list and checked whole before anyone is asked.

import { fromUtf8 } from "../core/bytes.js";
import { Malformed, decodeEntries } from "../core/codec.js";
import { pack } from "../core/frames.js";
import { checkEntries } from "../core/names.js";
import { FrameType, MAX_PAGE_ENTRIES } from "../gen/messages.js";
import { Breath } from "./breath.js";
import { pagesOf } from "./source.js";

/**
 * @import { Frame } from "../core/frames.js"
 * @import { Control, Entry } from "../gen/messages.js"
 * @import { Lane } from "./lane.js"
 */

/** All pages together, as in peer/manifest.py. */
const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

/** @param {Lane} lane @param {readonly Entry[]} entries @param {number} maxMessage bytes */
export async function sendManifest(lane, entries, maxMessage) {
  const breath = new Breath();
  let page = 0;
  for (const { first, last, payload } of pagesOf(entries, maxMessage)) {
    await lane.send(pack(FrameType.MANIFEST, first, page, last ? 1 : 0, payload));
    page += 1;
    if (breath.due) await breath.take();
  }
}

export class ManifestReader {
  #offer;
  /** @type {Entry[]} */
  #entries = [];
  #pages = 0;
  #bytes = 0;

  /** @param {Extract<Control, {type: "offer_files"}>} offer */
  constructor(offer) {
    this.#offer = offer;
  }

  /**
   * A page; the last one gives the whole manifest, the others null.
   * @param {Frame} frame @returns {readonly Entry[] | null}
   * @throws {Malformed} not the page that is due, or not what was offered
   * @throws {import("../core/names.js").UnsafeName}
   */
  take({ file, leaf, offset, payload }) {
    if (file !== this.#entries.length || leaf !== this.#pages) throw new Malformed("not the page that is due");
    if (offset > 1) throw new Malformed("a page is the last one or it is not");
    this.#pages += 1;
    this.#bytes += payload.length;
    if (this.#bytes > MAX_MANIFEST_BYTES) throw new Malformed("more than a manifest may have");
    const page = decodeEntries(fromUtf8(payload));
    this.#entries.push(...page);
    const { files, bytes, open_ended: openEnded } = this.#offer;
    if (!page.length || page.length > MAX_PAGE_ENTRIES || this.#entries.length > files) {
      throw new Malformed("the manifest is longer than offered");
    }
    if (!offset) return null;
    checkEntries(this.#entries);
    const known = checkSizes(this.#entries);
    const open = this.#entries.some(({ size }) => size < 0);
    if (this.#entries.length !== files || known !== bytes || open !== openEnded) throw new Malformed("not what was offered");
    return this.#entries;
  }
}

/** The sum of the sizes that are known. @param {readonly Entry[]} entries */
function checkSizes(entries) {
  if (entries.some(({ kind, size }) => kind !== "file" && size)) throw new Malformed("only a file has a size");
  if (entries.some(({ kind, target }) => kind !== "link" && target)) throw new Malformed("only a link has a target");
  if (entries.filter(({ size }) => size < 0).length > 1) throw new Malformed("two files of unknown size");
  return entries.reduce((sum, { size }) => sum + Math.max(0, size), 0);
}
