// The files of one incoming transfer: kept in the browser's private file system where it has one, else in memory. Both
// are asked alike, and prove a leaf before they keep it.

import { bytesIn } from "../core/journal.js";
import { MemoryShelf } from "./memory.js";
import { store } from "./store.js";

/**
 * @import { Bytes } from "../core/bytes.js"
 * @import { Range, Small } from "../core/frames.js"
 * @import { FinishFile } from "../core/moves.js"
 * @import { Entry } from "../gen/messages.js"
 */
/** @typedef {{fingerprint: string, title: string, entries: readonly Entry[]}} Manifest */
/**
 * @typedef {object} Shelf
 * @property {boolean} kept  whether it outlives the page
 * @property {readonly Range[]} held  leaves from an earlier run, to be proven
 * @property {readonly number[]} placed  files that are whole from an earlier run
 * @property {number} known  bytes of both
 * @property {(length: number) => Bytes} room  a buffer to lend to `put`
 * @property {(file: number, leaf: number, data: Bytes, sha256: Uint8Array) => Promise<boolean>} put
 *   keeps a leaf if it is what its sender says; whether it was
 * @property {(file: number, leaf: number, length: number, sha256: Uint8Array) => Promise<boolean>} check
 *   whether a leaf held from an earlier run is what its sender says
 * @property {(files: readonly Small[], data: Bytes) => Promise<{taken: number[], broken: number[]}>} take
 *   keeps whole small files, one behind the other in `data`
 * @property {(whole: FinishFile) => Promise<boolean>} finish
 *   makes a file whole if its root is what its sender says; whether it was
 * @property {(file: number) => boolean} has  whether a file is whole
 * @property {(file: number) => Promise<Blob>} blob  a whole file
 * @property {() => Promise<void>} settle  all files are whole
 * @property {(id: string, port: MessagePort) => Promise<void>} zip  see store/worker.js; only where it is `kept`
 * @property {(id: string) => Promise<boolean>} zipped
 * @property {() => Promise<Blob>} zipFile  all files as one zip, made at once
 * @property {() => Promise<boolean>} close  lets go; what is there is kept for another run; whether anything is
 * @property {() => Promise<void>} discard  removes everything
 */

/** These files are being received somewhere else in this browser, or their copy is open there. */
export class InUse extends Error {}

/** They do not fit. */
export class NoRoom extends Error {
  /** @param {"no-room" | "memory-only"} reason key under `transfer.` @param {string} message for the sender */
  constructor(reason, message) {
    super(message);
    this.reason = reason;
  }
}

/** What is kept in memory at most: it is all lost with the page, and a phone has little. */
export const MAX_MEMORY_BYTES = 512 * 1024 * 1024;

/**
 * A place for these files, if there is one; what an earlier run left of them is in it.
 * @param {Manifest} manifest @returns {Promise<Shelf>}
 * @throws {InUse}
 * @throws {NoRoom}
 */
export async function openShelf(manifest) {
  const bytes = manifest.entries.reduce((sum, { size }) => sum + Math.max(size, 0), 0);
  const worker = await store();
  if (!worker) {
    if (bytes <= MAX_MEMORY_BYTES) return new MemoryShelf(manifest.entries, MAX_MEMORY_BYTES);
    throw new NoRoom("memory-only", `The receiving browser window keeps files in memory, ${MAX_MEMORY_BYTES} bytes at most.`);
  }
  const shelf = await openStored(worker, manifest);
  try {
    // Persistent storage is not cleared when the disk runs short, and may be larger. A browser that asks the person for
    // it is waited for only if there is no room otherwise.
    const persists = navigator.storage.persist().catch(() => false);
    const missing = bytes - shelf.known;
    const fits = () => worker.ask("fits", { bytes: missing });
    if ((await fits()) || ((await persists) && (await fits()))) return shelf;
    throw new NoRoom("no-room", `The receiving browser has no room for ${missing} bytes.`);
  } catch (error) {
    await (shelf.known ? shelf.close() : shelf.discard());
    throw error;
  }
}

/**
 * What is kept of files that nobody sends now.
 * @param {Manifest} manifest @returns {Promise<Shelf>} @throws {InUse}
 */
export async function reopenShelf(manifest) {
  const worker = await store();
  if (!worker) throw new InUse();
  return openStored(worker, manifest);
}

/** @param {NonNullable<Awaited<ReturnType<typeof store>>>} worker @param {Manifest} manifest */
async function openStored(worker, manifest) {
  const known = await worker.ask("open", manifest);
  if (!known) throw new InUse();
  return new StoredShelf(worker, manifest, known);
}

/** @implements {Shelf} */
class StoredShelf {
  kept = true;
  #worker;
  #fingerprint;
  /** @type {Set<number>} */
  #whole;

  /**
   * @param {NonNullable<Awaited<ReturnType<typeof store>>>} worker @param {Manifest} manifest
   * @param {{held: Range[], placed: number[]}} known
   */
  constructor(worker, { fingerprint, entries }, { held, placed }) {
    this.#worker = worker;
    this.#fingerprint = fingerprint;
    this.#whole = new Set(placed);
    this.held = held;
    this.placed = placed;
    this.known = bytesIn(held, entries) + placed.reduce((sum, file) => sum + entries[file].size, 0);
  }

  /** @param {number} length */
  room(length) {
    return this.#worker.room(length);
  }

  /** @param {number} file @param {number} leaf @param {Bytes} data @param {Uint8Array} sha256 */
  put(file, leaf, data, sha256) {
    return this.#ask("put", { file, leaf, sha256 }, data);
  }

  /** @param {number} file @param {number} leaf @param {number} length @param {Uint8Array} sha256 */
  check(file, leaf, length, sha256) {
    return this.#ask("check", { file, leaf, length, sha256 });
  }

  /** @param {readonly Small[]} files @param {Bytes} data */
  async take(files, data) {
    const { taken, broken } = await this.#ask("take", { files }, data);
    for (const file of taken) this.#whole.add(file);
    return { taken, broken };
  }

  /** @param {FinishFile} effect */
  async finish({ file, size, root, leaves }) {
    const proven = await this.#ask("finish", { whole: { file, size, root, leaves } });
    if (proven) this.#whole.add(file);
    return proven;
  }

  /** @param {number} file */
  has(file) {
    return this.#whole.has(file);
  }

  /** @param {number} file */
  blob(file) {
    return this.#ask("blob", { file });
  }

  settle() {
    return this.#ask("settle");
  }

  /** @param {string} id @param {MessagePort} port */
  zip(id, port) {
    return this.#ask("zip", { zip: id }, null, [port]);
  }

  /** @param {string} id */
  zipped(id) {
    return this.#ask("zipped", { zip: id });
  }

  zipFile() {
    return this.#ask("zip_file");
  }

  close() {
    return this.#ask("close");
  }

  discard() {
    this.#whole.clear();
    return this.#ask("discard");
  }

  /** @param {string} op @param {object} [asked] @param {Bytes | null} [data] @param {MessagePort[]} [ports] */
  #ask(op, asked = {}, data = null, ports = []) {
    return this.#worker.ask(op, { fingerprint: this.#fingerprint, ...asked }, data, ports);
  }
}
