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
    this.#bytes += payload.length;
    if (this.#bytes > MAX_MANIFEST_BYTES) throw new Malformed("more than a manifest may have");
    const entries = decodeEntries(fromUtf8(payload));
    this.#pages += 1;
    this.#entries.push(...entries);
    const { files, bytes, open_ended: openEnded } = this.#offer;
    if (entries.length > MAX_PAGE_ENTRIES || this.#entries.length > files) throw new Malformed("more entries than offered");
    if (offset !== 1) {
      if (!entries.length) throw new Malformed("an empty page");
      return null;
    }
    const known = this.#entries.reduce((sum, entry) => sum + Math.max(0, entry.kind === "file" ? entry.size : 0), 0);
    const open = this.#entries.some((entry) => entry.size < 0);
    if (this.#entries.some((entry) => entry.kind !== "file" && entry.size)) throw new Malformed("only a file has a size");
    if (this.#entries.filter((entry) => entry.size < 0).length > 1) throw new Malformed("two files of unknown size");
    if (this.#entries.length !== files || known !== bytes || open !== openEnded) throw new Malformed("not what was offered");
    checkEntries(this.#entries);
    return this.#entries;
  }
}
