// Short texts that came as files: read here, so that they need not be saved to be seen.

/** @import { TransferView } from "../core/snapshot.js" */
/** @import { Saved } from "./saving.js" */

const MOST_BYTES = 16 * 1024;

export class Texts {
  #changed;
  /** By transfer; null while it is read, or when it is none. @type {Map<string, string | null>} */
  #read = new Map();

  /** @param {() => void} changed */
  constructor(changed) {
    this.#changed = changed;
  }

  /** What a transfer says, if it is one short text and here. @param {TransferView} view @param {() => Saved[]} saved */
  of({ id, state, direction, files, list, total }, saved) {
    if (direction !== "in" || state !== "done" || files !== 1 || total > MOST_BYTES) return null;
    if (!/\.txt$/i.test(list[0]?.path ?? "")) return null;
    if (!this.#read.has(id)) void this.#take(id, saved()[0]?.blob);
    return this.#read.get(id) ?? null;
  }

  /** @param {string} id @param {Blob | undefined} blob */
  async #take(id, blob) {
    this.#read.set(id, null);
    if (!blob) return;
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(await blob.arrayBuffer());
      if (text.trim()) this.#read.set(id, text);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof DOMException)) throw error; // not UTF-8, or gone: a file like any other
    }
    this.#changed();
  }
}
