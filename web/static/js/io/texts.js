// Texts that came to be read: no need to save them first.

import { MAX_TEXT_BYTES } from "../gen/messages.js";
import { InUse } from "./shelf.js";

/** @import { Entry } from "../gen/messages.js" */
/** @import { Holding } from "./holding.js" */

/** Whether this is a text to be read, and nothing else. @param {readonly Entry[]} entries */
export function isText(entries) {
  const [{ kind, text, size }] = entries;
  return entries.length === 1 && kind === "file" && text && size > 0 && size <= MAX_TEXT_BYTES;
}

export class Texts {
  #changed;
  /** By transfer; "" while it is read, or when it cannot be. @type {Map<string, string>} */
  #read = new Map();

  /** @param {() => void} changed */
  constructor(changed) {
    this.#changed = changed;
  }

  /** What a text says that is here. @param {string} id of its transfer @param {Holding | null} holding */
  of(id, holding) {
    if (!this.#read.has(id)) void this.#take(id, holding);
    return this.#read.get(id) ?? "";
  }

  /** @param {string} id @param {Holding | null} holding */
  async #take(id, holding) {
    this.#read.set(id, "");
    try {
      const data = await holding?.read();
      this.#read.set(id, new TextDecoder("utf-8", { fatal: true }).decode(data));
    } catch (error) {
      // Not UTF-8, or gone: a file like any other.
      if (!(error instanceof TypeError || error instanceof DOMException || error instanceof InUse)) throw error;
    }
    this.#changed();
  }
}
