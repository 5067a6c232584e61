// One transfer's files on their way to being whole, in the browser's private file system.
//
//     .twocans/<fingerprint>/  manifest · journal · <n>.part · packed.part
//
// A leaf is hashed before it is written. What was written is journaled in groups: the data are flushed first, then the
// lines that speak of them. Hashing goes on beside the disk; on the disk one thing is done after the other.

import { equal, utf8 } from "../core/bytes.js";
import { toHex } from "../core/fingerprint.js";
import { bytesIn, headLine, heldLine, merge, placedLine, readJournal } from "../core/journal.js";
import { rootInput } from "../core/ledger.js";
import { LEAF_BYTES } from "../gen/messages.js";
import { Parts, openPart } from "./parts.js";

/** @import { Bytes } from "../core/bytes.js" */
/** @import { Range } from "../core/frames.js" */
/** @import { Journaled, Placed } from "../core/journal.js" */
/** @import { Entry } from "../gen/messages.js" */
/** @import { SyncHandle } from "./parts.js" */
/** @typedef {{file: number, size: number, root: Uint8Array, leaves: Uint8Array}} Whole */
/** @typedef {{file: number, length: number, sha256: Uint8Array}} Small */
/** @typedef {{title: string, entries: readonly Entry[]}} Manifest  as it is kept, so that the files can be saved without their sender */

/** A group is written down after this many bytes, or this long after its first. */
const GROUP_BYTES = 64 * 1024 * 1024;
const GROUP_MS = 1000;

export class Partial {
  #entries;
  #parts;
  #journal;
  /** @type {Range[]} */
  #held = [];
  /** @type {Placed[]} */
  #placed = [];
  #whole;
  #anything;
  #unsynced = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Promise<unknown>} */
  #line = Promise.resolve();
  /** One at a time, for all of them come at once. @type {Promise<unknown>} */
  #checks = Promise.resolve();
  /** What the disk said to a group; the next call is told. @type {unknown} */
  #trouble = null;

  /**
   * @param {readonly Entry[]} entries @param {Parts} parts @param {SyncHandle} journal
   * @param {Pick<Journaled, "held" | "placed">} known from an earlier run
   */
  constructor(entries, parts, journal, { held, placed }) {
    this.#entries = entries;
    this.#parts = parts;
    this.#journal = journal;
    this.held = held;
    this.placed = placed.map(([file]) => file);
    this.#whole = new Set(this.placed);
    this.#anything = held.length + placed.length > 0;
  }

  /**
   * Begins a partial, or goes on with it. The caller holds its lock.
   * @param {FileSystemDirectoryHandle} folder its own @param {string} fingerprint @param {Manifest} manifest
   */
  static async open(folder, fingerprint, manifest) {
    const { entries } = manifest;
    const parts = new Parts(folder, entries);
    const journal = await openPart(folder, "journal");
    try {
      const said = new Uint8Array(journal.getSize());
      journal.read(said, { at: 0 });
      const known = readJournal(said, fingerprint, entries);
      journal.truncate(known?.length ?? 0);
      if (known) return new Partial(entries, parts, journal, await whatIsThere(known, parts, entries));
      await writeFile(folder, "manifest", utf8(JSON.stringify(manifest)));
      const fresh = new Partial(entries, parts, journal, { held: [], placed: [] });
      fresh.#append(headLine(fingerprint));
      journal.flush();
      return fresh;
    } catch (error) {
      journal.close();
      throw error;
    }
  }

  /** Writes a leaf if it is what its sender says; whether it was. @param {number} file @param {number} leaf @param {Bytes} data @param {Uint8Array} expected */
  async put(file, leaf, data, expected) {
    if (!equal(await sha256(data), expected)) return false;
    await this.#next(async () => {
      await this.#parts.write(file, leaf * LEAF_BYTES, data);
      if (this.#entries[file].size >= 0) this.#held.push([file, leaf, 1]);
      this.#wrote(data.length);
    });
    return true;
  }

  /** Whether a leaf held from an earlier run is what its sender says. @param {number} file @param {number} leaf @param {number} length @param {Uint8Array} expected */
  check(file, leaf, length, expected) {
    const checked = this.#checks.then(async () => {
      const data = await this.#next(() => this.#parts.read(file, leaf * LEAF_BYTES, length));
      return data.length === length && equal(await sha256(data), expected);
    });
    this.#checks = checked.catch(() => {});
    return checked;
  }

  /**
   * Takes whole small files, one behind the other in `data`.
   * @param {readonly Small[]} files @param {Bytes} data
   * @returns {Promise<{taken: number[], broken: number[]}>}
   */
  async take(files, data) {
    let end = 0;
    const pieces = files.map(({ length }) => data.subarray(end, (end += length)));
    const right = await Promise.all(files.map(async (each, at) => equal(await sha256(pieces[at]), each.sha256)));
    const roots = await Promise.all(files.map(({ length, sha256: leaf }) => sha256(rootInput(length, length ? leaf : new Uint8Array()))));
    await this.#next(async () => {
      const taken = [...files.entries()].filter(([at]) => right[at]);
      await this.#parts.pack(taken.filter(([, { length }]) => length).map(([at, { file }]) => [file, pieces[at]]));
      for (const [at, { file }] of taken) this.#place(file, roots[at]);
      this.#wrote(data.length);
    });
    const numbers = files.map(({ file }) => file);
    return { taken: numbers.filter((_, at) => right[at]), broken: numbers.filter((_, at) => !right[at]) };
  }

  /** Makes a file whole if its root is what its sender says; whether it was. @param {Whole} whole */
  async finish({ file, size, root, leaves }) {
    if (!equal(await sha256(rootInput(size, leaves)), root)) return false;
    await this.#next(async () => {
      await this.#parts.settle(file, size);
      this.#place(file, root);
      this.#wrote(0);
    });
    return true;
  }

  /** Whether a file is whole. @param {number} file */
  has(file) {
    return this.#whole.has(file);
  }

  /** A whole file. @param {number} file */
  blob(file) {
    return this.#next(() => this.#parts.blob(file));
  }

  /** Everything is here: the parts are closed, so that whole files can be read without this worker. */
  settle() {
    return this.#next(async () => {
      this.#sync();
      this.#parts.close();
    });
  }

  /** Writes down what is known, and lets go of all handles. Resolves to whether anything is there to come back for. */
  async close() {
    try {
      await this.#next(async () => this.#sync());
    } finally {
      this.drop();
    }
    return this.#anything;
  }

  /** Lets go of all handles; what was not journaled is lost. */
  drop() {
    clearTimeout(this.#timer);
    this.#parts.close();
    this.#journal.close();
  }

  /** @template T @param {() => Promise<T>} job @returns {Promise<T>} */
  #next(job) {
    const done = this.#line.then(() => {
      if (this.#trouble) throw this.#trouble;
      return job();
    });
    this.#line = done.catch(() => {});
    return done;
  }

  /** @param {number} file @param {Uint8Array} root */
  #place(file, root) {
    const { path, size, mtime } = this.#entries[file];
    this.#whole.add(file);
    if (size >= 0) this.#placed.push([file, path, toHex(root), mtime]);
  }

  /** @param {number} bytes more of the group that is not yet journaled */
  #wrote(bytes) {
    this.#unsynced += bytes;
    if (this.#unsynced >= GROUP_BYTES) return this.#sync();
    this.#timer ??= setTimeout(() => {
      this.#next(async () => this.#sync()).catch((error) => (this.#trouble = error));
    }, GROUP_MS);
  }

  #sync() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unsynced = 0;
    const [held, placed] = [merge(this.#held.splice(0)), this.#placed.splice(0)];
    if (!held.length && !placed.length) return;
    this.#anything = true;
    this.#parts.flush();
    if (held.length) this.#append(heldLine(held));
    if (placed.length) this.#append(placedLine(placed));
    this.#journal.flush();
  }

  /** @param {Uint8Array} line */
  #append(line) {
    const written = this.#journal.write(line, { at: this.#journal.getSize() });
    if (written !== line.length) throw new DOMException("the disk is full", "QuotaExceededError");
  }
}

/**
 * What the journal says and the parts are long enough for.
 * @param {Journaled} known @param {Parts} parts @param {readonly Entry[]} entries
 */
async function whatIsThere({ held, placed }, parts, entries) {
  /** @param {Range} range */
  const reaches = (range) => parts.reaches(range[0], range[1] * LEAF_BYTES + bytesIn([range], entries));
  const thereToo = await Promise.all(held.map(reaches));
  const whole = await Promise.all(placed.map(([file]) => !entries[file].size || parts.reaches(file, entries[file].size)));
  return { held: held.filter((_, at) => thereToo[at]), placed: placed.filter((_, at) => whole[at]) };
}

/** @param {FileSystemDirectoryHandle} folder @param {string} name @param {Uint8Array} data */
export async function writeFile(folder, name, data) {
  const handle = await openPart(folder, name);
  handle.truncate(0);
  const written = handle.write(data, { at: 0 });
  handle.close();
  if (written !== data.length) throw new DOMException("the disk is full", "QuotaExceededError");
}

/** @param {Uint8Array<ArrayBuffer>} data */
const sha256 = async (data) => new Uint8Array(await crypto.subtle.digest("SHA-256", data));
