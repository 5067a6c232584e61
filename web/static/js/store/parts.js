// The data of one partial, in the browser's private file system: a part for each big file, and one for all small ones,
// so that ten thousand of them cost one handle. Where a small file lies in it follows from the manifest.
//
//     <n>.part       entry n, each leaf in its place
//     packed.part    every file of up to a leaf, one behind the other in the order of the manifest
//
// Whoever calls does one thing after the other; a part is open until it is settled or too many others are.

import { LEAF_BYTES } from "../gen/messages.js";

/** @import { Bytes } from "../core/bytes.js" */
/** @import { Entry } from "../gen/messages.js" */
/**
 * @typedef {object} SyncHandle  FileSystemSyncAccessHandle (WHATWG File System), which only a worker has
 * @property {(data: Uint8Array, options: {at: number}) => number} write
 * @property {(data: Uint8Array, options: {at: number}) => number} read
 * @property {(size: number) => void} truncate
 * @property {() => number} getSize
 * @property {() => void} flush
 * @property {() => void} close
 */

const PACKED = "packed.part";
const MAX_OPEN = 8;
/** A tab that was just closed or killed still holds its handles for a moment. */
const PATIENCE_MS = 3000;
const AGAIN_MS = 100;

export class Parts {
  #folder;
  #entries;
  /** Where each packed file begins. @type {Map<number, number>} */
  #places = new Map();
  /** Oldest use first. @type {Map<string, SyncHandle>} */
  #open = new Map();
  /** @type {Set<string>} */
  #dirty = new Set();
  /** @type {Map<string, Promise<number>>} */
  #found = new Map();

  /** @param {FileSystemDirectoryHandle} folder @param {readonly Entry[]} entries */
  constructor(folder, entries) {
    this.#folder = folder;
    this.#entries = entries;
    let end = 0;
    for (const [file, { kind, size }] of entries.entries()) {
      if (kind !== "file" || size <= 0 || size > LEAF_BYTES) continue;
      this.#places.set(file, end);
      end += size;
    }
  }

  /** @param {number} file @param {number} position @param {Uint8Array} data */
  async write(file, position, data) {
    const [name, at] = this.#placeOf(file, position);
    await this.#put(name, at, data);
  }

  /** Whole small files; those that lie side by side, here and in their one buffer, are written at once. @param {Iterable<[file: number, data: Bytes]>} files */
  async pack(files) {
    let [at, run] = [0, new Uint8Array()];
    for (const [file, data] of files) {
      const [, place] = this.#placeOf(file, 0);
      if (run.buffer === data.buffer && place === at + run.length && data.byteOffset === run.byteOffset + run.length) {
        run = new Uint8Array(run.buffer, run.byteOffset, run.length + data.length);
      } else {
        if (run.length) await this.#put(PACKED, at, run);
        [at, run] = [place, data];
      }
    }
    if (run.length) await this.#put(PACKED, at, run);
  }

  /** As much as is there. @param {number} file @param {number} position @param {number} length @returns {Promise<Bytes>} */
  async read(file, position, length) {
    const [name, at] = this.#placeOf(file, position);
    const data = new Uint8Array(length);
    return data.subarray(0, (await this.#handle(name)).read(data, { at }));
  }

  /** Whether a file's part reached as far as this when it was first asked for: after a crash of the machine it may not. @param {number} file @param {number} end */
  async reaches(file, end) {
    const [name, at] = this.#placeOf(file, end);
    const size = this.#found.get(name) ?? sizeOf(this.#folder, name);
    this.#found.set(name, size);
    return (await size) >= at;
  }

  /** All that was written is on disk. */
  flush() {
    for (const name of this.#dirty) this.#open.get(name)?.flush();
    this.#dirty.clear();
  }

  /** A file is whole: what lies behind its end goes, and its part is closed unless others share it. @param {number} file @param {number} size */
  async settle(file, size) {
    if (this.#entries[file].size === 0 || this.#places.has(file)) return;
    const [name] = this.#placeOf(file, 0);
    const handle = await this.#handle(name);
    if (handle.getSize() !== size) handle.truncate(size);
    this.#shut(name);
  }

  /**
   * A whole file, on disk where that can be; a small one whose part is still written to is copied.
   * @param {number} file @returns {Promise<Blob>}
   */
  async blob(file) {
    const { size } = this.#entries[file];
    if (size === 0) return new Blob();
    const [name, at] = this.#placeOf(file, 0);
    if (this.#open.has(name)) return new Blob([await this.read(file, 0, size)]);
    const whole = await (await this.#folder.getFileHandle(name)).getFile();
    return this.#places.has(file) ? whole.slice(at, at + size) : whole;
  }

  close() {
    for (const name of [...this.#open.keys()]) this.#shut(name);
  }

  /** @param {number} file @param {number} position @returns {[name: string, at: number]} */
  #placeOf(file, position) {
    const place = this.#places.get(file);
    return place === undefined ? [`${file}.part`, position] : [PACKED, place + position];
  }

  /** @param {string} name @param {number} at @param {Uint8Array} data */
  async #put(name, at, data) {
    const handle = await this.#handle(name);
    this.#dirty.add(name);
    if (handle.write(data, { at }) !== data.length) throw new DOMException("the disk is full", "QuotaExceededError");
  }

  /** @param {string} name */
  async #handle(name) {
    const known = this.#open.get(name);
    const handle = known ?? (await openPart(this.#folder, name));
    this.#open.delete(name); // it moves to the end
    this.#open.set(name, handle);
    const [oldest] = this.#open.keys();
    if (this.#open.size > MAX_OPEN) this.#shut(oldest);
    return handle;
  }

  /** @param {string} name */
  #shut(name) {
    const handle = this.#open.get(name);
    if (this.#dirty.delete(name)) handle?.flush();
    handle?.close();
    this.#open.delete(name);
  }
}

/** Opens a file for writing, made when it is not there. @param {FileSystemDirectoryHandle} folder @param {string} name @returns {Promise<SyncHandle>} */
export async function openPart(folder, name) {
  const handle = /** @type {any} */ (await folder.getFileHandle(name, { create: true }));
  for (const end = performance.now() + PATIENCE_MS; ; await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))) {
    try {
      return await handle.createSyncAccessHandle();
    } catch (error) {
      const taken = error instanceof DOMException && error.name === "NoModificationAllowedError";
      if (!taken || performance.now() > end) throw error;
    }
  }
}

/** @param {FileSystemDirectoryHandle} folder @param {string} name */
async function sizeOf(folder, name) {
  const handle = await folder.getFileHandle(name).catch(() => null);
  return handle ? (await handle.getFile()).size : -1;
}
