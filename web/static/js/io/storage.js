// Where received files wait until they are saved: the browser's private file system where it has one, else memory.
// A single leaf stays a Blob, which the browser itself moves to disk when memory is short.

import { LEAF_BYTES } from "../gen/messages.js";
import { toBase64url } from "../core/bytes.js";
import { randomBytes } from "../core/invite.js";

/**
 * @typedef {object} Draft  one file being received
 * @property {(position: number, data: Uint8Array<ArrayBuffer>) => Promise<void>} write
 * @property {() => Promise<Blob>} finish
 * @property {() => Promise<void>} discard
 */

const PREFIX = "twocans-";

/**
 * The private folder of this page; null where the browser has none.
 * @type {Promise<FileSystemDirectoryHandle | null> | undefined}
 */
let folder;
let count = 0;

/** @param {number} size bytes, -1 when not known @returns {Promise<Draft>} */
export async function createDraft(size) {
  if (size >= 0 && size <= LEAF_BYTES) return memoryDraft();
  folder ??= openFolder();
  const home = await folder;
  return home ? fileDraft(home) : memoryDraft();
}

/** Bytes that still fit, as far as the browser tells. */
export async function freeBytes() {
  const told = await navigator.storage?.estimate().catch(() => null);
  return (told?.quota ?? Infinity) - (told?.usage ?? 0);
}

/** @returns {Draft} */
function memoryDraft() {
  /** @type {Map<number, Blob>} */
  const parts = new Map();
  return {
    write: async (position, data) => void parts.set(position, new Blob([data])),
    finish: async () => new Blob([...parts].sort(([a], [b]) => a - b).map(([, part]) => part)),
    discard: async () => parts.clear(),
  };
}

/** @param {FileSystemDirectoryHandle} home @returns {Promise<Draft>} */
async function fileDraft(home) {
  count += 1;
  const name = `${count}`;
  const handle = await home.getFileHandle(name, { create: true });
  const writable = await handle.createWritable();
  return {
    write: (position, data) => writable.write({ type: "write", position, data }),
    finish: async () => {
      await writable.close();
      return handle.getFile();
    },
    discard: async () => {
      await writable.abort().catch(() => {});
      await home.removeEntry(name).catch(() => {});
    },
  };
}

/** A page holds a lock of its folder's name; folders without a lock were left behind, and are removed here. */
async function openFolder() {
  try {
    if (!("createWritable" in FileSystemFileHandle.prototype)) return null;
    const root = await navigator.storage.getDirectory();
    const name = PREFIX + toBase64url(randomBytes(9));
    await new Promise((resolve) => void navigator.locks.request(name, () => new Promise(() => resolve(undefined))));
    const home = await root.getDirectoryHandle(name, { create: true });
    void sweep(root);
    return home;
  } catch {
    return null; // a private window, or a browser that has none
  }
}

/** @param {FileSystemDirectoryHandle} root */
async function sweep(root) {
  const found = [];
  for await (const name of root.keys()) if (name.startsWith(PREFIX)) found.push(name);
  const { held = [] } = await navigator.locks.query();
  const alive = new Set(held.map((lock) => lock.name));
  for (const name of found) if (!alive.has(name)) await root.removeEntry(name, { recursive: true }).catch(() => {});
}
