// Short texts that came as files: read here, so that they need not be saved to be seen.

import { InUse } from "./shelf.js";

/** @import { TransferView } from "../core/snapshot.js" */
/** @import { Holding } from "./holding.js" */

const MOST_BYTES = 16 * 1024;

export class Texts {
  #changed;
  /** By transfer; null while it is read, or when it is none. @type {Map<string, string | null>} */
  #read = new Map();

  /** @param {() => void} changed */
  constructor(changed) {
    this.#changed = changed;
  }

  /** What a transfer says, if it is one short text and here. @param {TransferView} view @param {Holding | null} holding */
  of({ id, state, direction, files, list, total }, holding) {
    if (direction !== "in" || state !== "done" || files !== 1 || total > MOST_BYTES) return null;
    if (!/\.txt$/i.test(list[0]?.path ?? "")) return null;
    if (!this.#read.has(id)) void this.#take(id, holding);
    return this.#read.get(id) ?? null;
  }

  /** @param {string} id @param {Holding | null} holding */
  async #take(id, holding) {
    this.#read.set(id, null);
    try {
      const data = await holding?.read();
      const text = new TextDecoder("utf-8", { fatal: true }).decode(data);
      if (text.trim()) this.#read.set(id, text);
    } catch (error) {
      // Not UTF-8, or gone: a file like any other.
      if (!(error instanceof TypeError || error instanceof DOMException || error instanceof InUse)) throw error;
    }
    this.#changed();
  }
}
