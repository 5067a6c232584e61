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
  /** Opened again, for as long as somebody reads. @type {Promise<Shelf> | null} */
  #lent = null;
  #borrowers = 0;
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
    const shelf = this.#own ?? (await (this.#lent ?? reopenShelf(this.#manifest)));
    this.#kept = this.#open = false;
    this.#shelf = this.#lent = null;
    this.#whole.clear();
    this.#changed();
    await shelf.discard();
  }

  /** The bytes of the one file that is here. */
  read() {
    const [file] = this.#whole;
    return this.#borrow(async (shelf) => (await shelf.blob(file)).arrayBuffer());
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

  /** The shelf where it need not be opened again. */
  get #own() {
    return this.#open || this.#shelf?.kept === false ? this.#shelf : null;
  }

  /** Saves, one thing at a time. @param {(shelf: Shelf) => Promise<void>} job */
  async #with(job) {
    if (this.#saving) return;
    this.#saving = true;
    this.#saved = 0;
    this.#changed();
    try {
      await this.#borrow(job);
    } finally {
      this.#saving = false;
      this.#changed();
    }
  }

  /** @template T @param {(shelf: Shelf) => Promise<T>} job */
  async #borrow(job) {
    if (this.#own) return job(this.#own);
    this.#borrowers += 1;
    const lent = (this.#lent ??= reopenShelf(this.#manifest));
    try {
      return await job(await lent);
    } finally {
      this.#borrowers -= 1;
      if (!this.#borrowers && this.#lent === lent) {
        this.#lent = null;
        await lent.then((shelf) => shelf.close(), () => {});
      }
    }
  }
}
