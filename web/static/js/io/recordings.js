// Recordings that lie in this browser: handed to the downloads, or left by a page that crashed or was loaded again. A download
// is not known to have succeeded, so each is kept until somebody removes it, or as long as received files are.
//
//     recordings/<milliseconds since 1970>.<ending>/000001, 000002 …      locked for as long as it is being made
//                                                  /saved                 it was handed to the downloads

import { fileName } from "../core/container.js";
import { KEPT_MS } from "../core/keeping.js";
import { download } from "./saving.js";

/**
 * @import { RecordingKept } from "../core/snapshot.js"
 * @import { Reel } from "./reel.js"
 */
/** @typedef {{name: string, bytes: number, kept: boolean, saved: boolean, parts: () => Promise<Blob[]>}} Found */
/**
 * @typedef {object} Listener
 * @property {() => void} changed
 * @property {() => void} [unsaved]  one was found that was never handed to the downloads
 * @property {(name: string) => void} [lost]  one is not there any more
 */

export const FOLDER = "recordings";
const PART = /^\d{6}$/;

export class Recordings {
  /** By id, oldest first. @type {Map<string, Found>} */
  #found = new Map();
  /** Those that a page makes, and whose end is waited for. @type {Set<string>} */
  #made = new Set();
  #listen;

  /** @param {Listener} listen */
  constructor(listen) {
    this.#listen = listen;
  }

  /** Newest first. @returns {readonly RecordingKept[]} */
  get views() {
    const views = [...this.#found].map(([id, { name, bytes, kept, saved }]) => Object.freeze({ id, name, bytes, kept, saved }));
    return Object.freeze(views.sort((a, b) => (a.id < b.id ? 1 : -1)));
  }

  /** Looks what is there, and removes what is too old. */
  async look() {
    try {
      const home = await homeFolder();
      const { held = [] } = await navigator.locks.query();
      const locked = new Set(held.map(({ name }) => name));
      for await (const [id, handle] of home.entries()) {
        if (locked.has(lockOf(id))) {
          this.#await(id);
          continue;
        }
        const found = handle.kind === "directory" ? await read(id, /** @type {FileSystemDirectoryHandle} */ (handle)) : null;
        if (found && !found.saved && !this.#found.has(id)) this.#listen.unsaved?.();
        if (found) this.#found.set(id, found);
        else await home.removeEntry(id, { recursive: true }).catch(() => {}); // another tab looks just now
      }
    } catch (error) {
      if (!(error instanceof DOMException || error instanceof TypeError)) throw error; // there is no such place, or nothing in it
    }
    this.#listen.changed();
  }

  /** One that was just made. @param {Reel} reel */
  take(reel) {
    const { id, bytes, kept } = reel;
    this.#found.set(id, { name: nameOf(id), bytes, kept, saved: false, parts: () => reel.parts() });
    this.#listen.changed();
  }

  /** Downloads it. @param {string} id @returns {Promise<boolean>} whether it is there */
  async save(id) {
    const found = this.#found.get(id);
    if (!found) return false;
    try {
      download(found.name, new Blob(await found.parts()));
      if (found.kept) await (await (await homeFolder()).getDirectoryHandle(id)).getFileHandle("saved", { create: true });
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.#found.delete(id);
      this.#listen.lost?.(found.name);
      this.#listen.changed();
      return false;
    }
    this.#found.set(id, { ...found, saved: true });
    this.#listen.changed();
    return true;
  }

  /** @param {string} id */
  async discard(id) {
    const kept = this.#found.get(id)?.kept;
    this.#found.delete(id);
    this.#listen.changed();
    if (!kept) return;
    await (await homeFolder()).removeEntry(id, { recursive: true }).catch(() => {}); // another tab was first
  }

  /** Another tab makes it, or this page did before it was loaded again and has not quite gone. @param {string} id */
  #await(id) {
    if (this.#made.has(id)) return;
    this.#made.add(id);
    void navigator.locks.request(lockOf(id), async () => {}).then(() => {
      this.#made.delete(id);
      if (!this.#found.has(id)) void this.look();
    });
  }
}

/** The name of a recording's lock. @param {string} id */
export const lockOf = (id) => `${FOLDER}/${id}`;

/** @param {string} id @returns {Promise<File[]>} in their order */
export async function partsOf(id) {
  return partsIn(await (await homeFolder()).getDirectoryHandle(id));
}

async function homeFolder() {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER);
}

/** @param {FileSystemDirectoryHandle} folder @returns {Promise<File[]>} */
async function partsIn(folder) {
  /** @type {FileSystemFileHandle[]} */
  const handles = [];
  for await (const handle of folder.values()) if (PART.test(handle.name)) handles.push(/** @type {FileSystemFileHandle} */ (handle));
  handles.sort((a, b) => (a.name < b.name ? -1 : 1));
  return Promise.all(handles.map((handle) => handle.getFile()));
}

/** Null for what is empty, or what nobody came back for. @param {string} id @param {FileSystemDirectoryHandle} folder @returns {Promise<Found | null>} */
async function read(id, folder) {
  const parts = await partsIn(folder);
  const last = parts.at(-1);
  if (!last || Date.now() - last.lastModified > KEPT_MS) return null;
  const saved = await folder.getFileHandle("saved").then(() => true, () => false);
  return { name: nameOf(id), bytes: parts.reduce((sum, { size }) => sum + size, 0), kept: true, saved, parts: () => partsOf(id) };
}

/** @param {string} id */
function nameOf(id) {
  const [began, ending] = id.split(".");
  return fileName(new Date(Number(began)), ending);
}
