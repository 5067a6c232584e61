// The worker that owns all partials of this page. It is asked with {id, op, …} and answers {id, value} or {id, error};
// what it was lent to write comes back as `spare`.
//
//     page ──open, put, check, take, finish──► Partial ──► OPFS        one tab owns a partial: it holds a lock of its name
//     page ──zip──► stream of the whole files ──► port ──► save_worker.js

import { PARTIAL_FOLDER } from "../core/names.js";
import { Partial, writeFile } from "./partial.js";
import { openPart } from "./parts.js";
import { zipOf } from "./zip.js";

/** @import { Entry } from "../gen/messages.js" */

/** A tab that was just closed lets go of its locks within moments. */
const PATIENCE_MS = 2000;

/** @type {Map<string, {partial: Partial, release: () => void, entries: readonly Entry[]}>} */
const open = new Map();
/** Zips on their way. @type {Map<string, Promise<boolean>>} */
const zips = new Map();

/** @type {Record<string, (asked: any, ports: readonly MessagePort[]) => unknown>} */
const OPS = {
  /** Whether this browser lets a worker keep files here. */
  able: async () => {
    if (!("createSyncAccessHandle" in FileSystemFileHandle.prototype)) return false;
    return navigator.storage.getDirectory().then(() => true, () => false); // a private window may have none
  },
  /**
   * Whether so many bytes more would fit. They are asked for rather than looked up: `estimate` knows neither how full the
   * disk is nor, so as not to tell how big it is, how much Chromium would really give.
   */
  fits: async ({ bytes }) => {
    const home = await homeFolder();
    const name = `room-${crypto.randomUUID()}`;
    const handle = await openPart(home, name);
    try {
      handle.truncate(bytes); // takes no space on a disk that knows sparse files
      return handle.getSize() === bytes; // a private window of Chromium says nothing and does nothing
    } catch (error) {
      if (error instanceof DOMException && error.name === "QuotaExceededError") return false;
      throw error;
    } finally {
      handle.close();
      await home.removeEntry(name);
    }
  },
  /** Null when another tab, or another transfer of this one, owns it. */
  open: async ({ fingerprint, title, entries }) => {
    const release = await lock(fingerprint);
    if (!release) return null;
    try {
      const folder = await folderOf(fingerprint);
      const partial = await Partial.open(folder, fingerprint, { title, entries });
      open.set(fingerprint, { partial, release, entries });
      return { held: partial.held, placed: partial.placed };
    } catch (error) {
      release();
      throw error;
    }
  },
  /** A part of a recording, as a file of its own: all of it, or none. */
  keep_part: async ({ path, name, data }) => {
    let folder = await navigator.storage.getDirectory();
    for (const each of path) folder = await folder.getDirectoryHandle(each, { create: true });
    try {
      await writeFile(folder, name, data);
    } catch (error) {
      await folder.removeEntry(name).catch(() => {}); // what matters is why it could not be written
      throw error;
    }
  },
  put: ({ fingerprint, file, leaf, data, sha256 }) => partialOf(fingerprint).put(file, leaf, data, sha256),
  check: ({ fingerprint, file, leaf, length, sha256 }) => partialOf(fingerprint).check(file, leaf, length, sha256),
  take: ({ fingerprint, files, data }) => partialOf(fingerprint).take(files, data),
  finish: ({ fingerprint, whole }) => partialOf(fingerprint).finish(whole),
  blob: ({ fingerprint, file }) => partialOf(fingerprint).blob(file),
  settle: ({ fingerprint }) => partialOf(fingerprint).settle(),
  /** Whether anything is kept. */
  close: async ({ fingerprint }) => {
    const found = open.get(fingerprint);
    open.delete(fingerprint);
    try {
      const kept = await found?.partial.close();
      if (!kept) await remove(fingerprint);
      return Boolean(kept);
    } finally {
      found?.release();
    }
  },
  discard: async ({ fingerprint }) => {
    const found = open.get(fingerprint);
    open.delete(fingerprint);
    found?.partial.drop();
    await remove(fingerprint).finally(found?.release);
  },
  /** Hands a zip of everything to whoever listens on the port; resolves once it is ready to be fetched there. */
  zip: async ({ fingerprint, zip }, [port]) => {
    const { stream: made, length } = zipStream(fingerprint);
    const { stream, ended } = watched(made);
    zips.set(zip, ended);
    const ready = new Promise((resolve) => (port.onmessage = resolve));
    port.postMessage({ stream, length }, [/** @type {any} */ (stream)]);
    await ready;
  },
  /** Whether a zip was fetched to its end; resolves when it is over. */
  zipped: async ({ zip }) => {
    const whole = await zips.get(zip);
    zips.delete(zip);
    return whole;
  },
  /** The same where no stream can be handed on: the zip is made here, beside the files. */
  zip_file: async ({ fingerprint }) => {
    const folder = await folderOf(fingerprint);
    const handle = await openPart(folder, "zip");
    try {
      handle.truncate(0);
      let at = 0;
      for await (const data of zipStream(fingerprint).stream) {
        if (handle.write(data, { at }) !== data.length) throw new DOMException("the disk is full", "QuotaExceededError");
        at += data.length;
      }
    } catch (error) {
      handle.truncate(0);
      throw error;
    } finally {
      handle.close();
    }
    return (await folder.getFileHandle("zip")).getFile();
  },
};

onmessage = async ({ data: { id, op, ...asked }, ports }) => {
  const spare = asked.data instanceof Uint8Array ? [asked.data.buffer] : [];
  try {
    const value = await OPS[op](asked, ports);
    postMessage({ id, value, spare }, { transfer: spare });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    postMessage({ id, error: { name, message } });
  }
};

/** @param {string} fingerprint */
function partialOf(fingerprint) {
  const found = open.get(fingerprint);
  if (!found) throw new DOMException("nothing is open under this name", "InvalidStateError");
  return found.partial;
}

/** @param {string} fingerprint */
function zipStream(fingerprint) {
  const partial = partialOf(fingerprint);
  return zipOf(open.get(fingerprint)?.entries ?? [], (file) => partial.has(file), (file) => partial.blob(file));
}

async function homeFolder() {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(PARTIAL_FOLDER, { create: true });
}

/** @param {string} fingerprint */
async function folderOf(fingerprint) {
  return (await homeFolder()).getDirectoryHandle(fingerprint, { create: true });
}

/** What lets go of a partial's lock again; null when somebody else has it. @param {string} fingerprint @returns {Promise<(() => void) | null>} */
function lock(fingerprint) {
  if (open.has(fingerprint)) return Promise.resolve(null);
  return new Promise((resolve) => {
    const patience = { signal: AbortSignal.timeout(PATIENCE_MS) };
    const held = navigator.locks.request(`${PARTIAL_FOLDER}/${fingerprint}`, patience, () => new Promise((release) => resolve(() => release(undefined))));
    held.catch(() => resolve(null));
  });
}

/** A stream that tells whether it was read to its end. @param {ReadableStream<Uint8Array>} source */
function watched(source) {
  const reader = source.getReader();
  /** @type {PromiseWithResolvers<boolean>} */
  const { promise: ended, resolve } = Promise.withResolvers();
  const stream = new ReadableStream({
    async pull(controller) {
      try {
        const { value, done } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
        resolve(true);
      } catch (error) {
        resolve(false);
        throw error;
      }
    },
    cancel(reason) {
      resolve(false);
      return reader.cancel(reason);
    },
  });
  return { stream, ended };
}

/** @param {string} fingerprint */
async function remove(fingerprint) {
  try {
    await (await homeFolder()).removeEntry(fingerprint, { recursive: true });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "NotFoundError")) throw error;
  }
}
