// What is here of one manifest, and what a person may do with it: save it, put it somewhere, have it removed. Its shelf
// is open while files come in; for what is kept from then it is opened again for as long as it takes.

import { download, downloadZip, saveTo, zipName } from "./saving.js";
import { openShelf, reopenShelf } from "./shelf.js";

/**
 * @import { TransferView } from "../core/snapshot.js"
 * @import { Manifest, Shelf } from "./shelf.js"
 */

export class Holding {
  #manifest;
  #changed;
  /** @type {Shelf | null} */
  #shelf = null;
  #open = false;
  /** Files that are whole. @type {Set<number>} */
  #whole;
  #kept;
  #saved = 0;
  #saving = false;

  /**
   * @param {Manifest} manifest @param {() => void} changed
   * @param {readonly number[] | null} [kept] the files that are whole, when something is kept of it already
   */
  constructor(manifest, changed, kept = null) {
    this.#manifest = manifest;
    this.#changed = changed;
    this.#whole = new Set(kept);
    this.#kept = kept !== null;
  }

  get fingerprint() {
    return this.#manifest.fingerprint;
  }

  /** Whether something is here until it is discarded, or until the page goes. @returns {TransferView["kept"]} */
  get kept() {
    if (!this.#kept) return "";
    return this.#shelf && !this.#shelf.kept ? "page" : "browser";
  }

  get anyWhole() {
    return this.#whole.size > 0;
  }

  /** Bytes written so far to where a person wanted them; null when nothing is being saved. */
  get saving() {
    return this.#saving ? this.#saved : null;
  }

  /** @param {number} file */
  has(file) {
    return this.#whole.has(file);
  }

  /**
   * A place for what is to come.
   * @returns {Promise<Shelf>} @throws {import("./shelf.js").InUse} @throws {import("./shelf.js").NoRoom}
   */
  async open() {
    this.#shelf = await openShelf(this.#manifest);
    this.#open = this.#kept = true;
    for (const file of this.#shelf.placed) this.#whole.add(file);
    return this.#shelf;
  }

  /** @param {readonly number[]} files */
  arrived(files) {
    for (const file of files) this.#whole.add(file);
  }

  /** Nothing more comes for now. */
  async close() {
    if (!this.#open) return;
    this.#open = false;
    this.#kept = (await this.#shelf?.close()) ?? false;
    this.#changed();
  }

  async discard() {
    const open = this.#open;
    this.#kept = this.#open = false;
    this.#whole.clear();
    this.#changed();
    const shelf = !open && (this.#shelf?.kept ?? true) ? await reopenShelf(this.#manifest) : this.#shelf;
    this.#shelf = null;
    await shelf?.discard();
  }

  /** Downloads all that is whole. */
  save() {
    const files = this.#manifest.entries.filter(({ kind }) => kind === "file");
    return this.#with(async (shelf) => {
      if (files.length > 1) return downloadZip(shelf, zipName(this.#manifest.entries));
      const [file] = this.#whole;
      download(files[0].path, await shelf.blob(file));
    });
  }

  /** @param {string} path */
  saveFile(path) {
    const file = this.#manifest.entries.findIndex((entry) => entry.path === path);
    if (!this.#whole.has(file)) return Promise.resolve();
    return this.#with(async (shelf) => download(path, await shelf.blob(file)));
  }

  /** Writes all that is whole to a place that the person picks. */
  saveTo() {
    const entries = this.#manifest.entries.map((entry, file) => ({ entry, file }));
    const there = entries.filter(({ entry, file }) => entry.kind === "dir" || this.#whole.has(file));
    return this.#with(async (shelf) => {
      await saveTo(shelf, there, (bytes) => {
        this.#saved += bytes;
        this.#changed();
      });
    });
  }

  /** @param {(shelf: Shelf) => Promise<void>} job */
  async #with(job) {
    if (this.#saving) return;
    this.#saving = true;
    this.#saved = 0;
    this.#changed();
    const lent = !this.#open && (this.#shelf?.kept ?? true);
    try {
      const shelf = lent ? await reopenShelf(this.#manifest) : this.#shelf;
      if (shelf) await job(shelf).finally(() => lent && shelf.close());
    } finally {
      this.#saving = false;
      this.#changed();
    }
  }
}
