// Where the parts of a recording go while it is made: each is a file of its own in the browser's private file system, so that a
// crash costs the last seconds alone. A browser that has no such place, as in a private window, keeps them in memory.

import { FOLDER, lockOf, partsOf } from "./recordings.js";
import { MAX_MEMORY_BYTES } from "./shelf.js";
import { store } from "./store.js";

/**
 * @typedef {object} Reel
 * @property {string} id
 * @property {boolean} kept  whether it outlives the page
 * @property {number} bytes
 * @property {(part: Blob) => Promise<void>} add  rejects with what the disk says
 * @property {() => void} close  nothing more comes
 * @property {() => Promise<Blob[]>} parts
 */

/** @param {number} began milliseconds since 1970 @param {string} ending @returns {Promise<Reel>} */
export async function openReel(began, ending) {
  const id = `${began}.${ending}`;
  const worker = await store();
  return worker ? new StoredReel(id, worker, await lock(id)) : new MemoryReel(id);
}

/** @implements {Reel} */
class StoredReel {
  kept = true;
  bytes = 0;
  #worker;
  #count = 0;

  /** @param {string} id @param {NonNullable<Awaited<ReturnType<typeof store>>>} worker @param {() => void} release */
  constructor(id, worker, release) {
    this.id = id;
    this.#worker = worker;
    this.close = release;
  }

  /** @param {Blob} part */
  async add(part) {
    this.#count += 1;
    const name = String(this.#count).padStart(6, "0");
    await this.#worker.ask("keep_part", { path: [FOLDER, this.id], name }, new Uint8Array(await part.arrayBuffer()));
    this.bytes += part.size;
  }

  parts() {
    return partsOf(this.id);
  }
}

/** @implements {Reel} */
class MemoryReel {
  kept = false;
  bytes = 0;
  /** @type {Blob[]} */
  #parts = [];

  /** @param {string} id */
  constructor(id) {
    this.id = id;
  }

  /** @param {Blob} part */
  async add(part) {
    if (this.bytes + part.size > MAX_MEMORY_BYTES) throw new DOMException("more than is kept in memory", "QuotaExceededError");
    this.#parts.push(part);
    this.bytes += part.size;
  }

  close() {}

  async parts() {
    return this.#parts;
  }
}

/** Tells other tabs that it is being made; resolves to what lets go of it. @param {string} id @returns {Promise<() => void>} */
function lock(id) {
  return new Promise((resolve) => {
    void navigator.locks.request(lockOf(id), () => new Promise((release) => resolve(() => release(undefined))));
  });
}
