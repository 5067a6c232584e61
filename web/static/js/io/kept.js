// What earlier pages left in this browser: partials to go on with, and whole files that nobody saved yet. They are
// listed until they are discarded, or until nobody came back for them for a week.

import { fromUtf8 } from "../core/bytes.js";
import { decodeEntries } from "../core/codec.js";
import { bytesIn, readJournal } from "../core/journal.js";
import { KEPT_MS } from "../core/keeping.js";
import { PARTIAL_FOLDER } from "../core/names.js";
import { Holding } from "./holding.js";

/**
 * @import { KeptView } from "../core/snapshot.js"
 * @import { Manifest } from "./shelf.js"
 */
/** @typedef {{holding: Holding, title: string, files: number, bytes: number, total: number, whole: boolean}} Found */

export class Kept {
  /** By fingerprint. @type {Map<string, Found>} */
  #found = new Map();
  #changed;

  /** @param {() => void} changed */
  constructor(changed) {
    this.#changed = changed;
  }

  /** @param {ReadonlySet<string>} shown fingerprints that are seen elsewhere @returns {KeptView[]} */
  views(shown) {
    return [...this.#found].filter(([id]) => !shown.has(id)).map(([id, { holding, title, files, bytes, total, whole }]) =>
      Object.freeze({ id, title, files, bytes, total, whole, saving: holding.saving }));
  }

  /** @param {string} fingerprint @returns {Holding | null} */
  holding(fingerprint) {
    return this.#found.get(fingerprint)?.holding ?? null;
  }

  /** Bytes of it that were here when the page began. @param {string} fingerprint */
  bytes(fingerprint) {
    return this.#found.get(fingerprint)?.bytes ?? 0;
  }

  /** @param {string} fingerprint */
  forget(fingerprint) {
    this.#found.delete(fingerprint);
    this.#changed();
  }

  /** Looks what is there, and removes what is too old. */
  async look() {
    try {
      const root = await navigator.storage.getDirectory();
      const home = await root.getDirectoryHandle(PARTIAL_FOLDER);
      const { held = [] } = await navigator.locks.query();
      const inUse = new Set(held.map(({ name }) => name));
      for await (const [name, handle] of home.entries()) {
        if (inUse.has(`${PARTIAL_FOLDER}/${name}`)) continue;
        const found = handle.kind === "directory" ? await this.#read(name, /** @type {FileSystemDirectoryHandle} */ (handle)) : null;
        if (found) this.#found.set(name, found);
        else await home.removeEntry(name, { recursive: true }).catch(() => {}); // another tab looks for room just now
      }
    } catch (error) {
      if (!(error instanceof DOMException || error instanceof TypeError)) throw error; // there is no such place, or nothing in it
    }
    this.#changed();
  }

  /** Null for what nobody will come back for. @param {string} fingerprint @param {FileSystemDirectoryHandle} folder @returns {Promise<Found | null>} */
  async #read(fingerprint, folder) {
    try {
      const [journal, said] = await Promise.all([contentOf(folder, "journal"), contentOf(folder, "manifest")]);
      if (Date.now() - journal.at > KEPT_MS) return null;
      const { title, entries } = JSON.parse(fromUtf8(said.data));
      /** @type {Manifest} */
      const manifest = { fingerprint, title: String(title), entries: decodeEntries(JSON.stringify(entries)) };
      const known = readJournal(journal.data, fingerprint, manifest.entries);
      if (!known || known.held.length + known.placed.length === 0) return null;
      const placed = known.placed.map(([file]) => file);
      const files = manifest.entries.filter(({ kind }) => kind === "file");
      const bytes = bytesIn(known.held, manifest.entries) + placed.reduce((sum, file) => sum + manifest.entries[file].size, 0);
      return {
        holding: new Holding(manifest, this.#changed, placed), title: manifest.title, files: files.length, bytes,
        total: files.reduce((sum, { size }) => sum + Math.max(size, 0), 0), whole: placed.length === files.length,
      };
    } catch {
      return null; // it broke off before it began
    }
  }
}

/** @param {FileSystemDirectoryHandle} folder @param {string} name */
async function contentOf(folder, name) {
  const file = await (await folder.getFileHandle(name)).getFile();
  return { data: new Uint8Array(await file.arrayBuffer()), at: file.lastModified };
}
