// The files of one incoming transfer on their way to being whole: leaves are proven before they are written, and a file
// is there to be saved once its root is proven.

import { equal } from "../core/bytes.js";
import { rootInput } from "../core/ledger.js";
import { LEAF_BYTES } from "../gen/messages.js";
import { createDraft } from "./storage.js";

/**
 * @import { Bytes } from "../core/bytes.js"
 * @import { Small } from "../core/frames.js"
 * @import { FinishFile } from "../core/moves.js"
 * @import { Entry } from "../gen/messages.js"
 * @import { Saved } from "./saving.js"
 * @import { Draft } from "./storage.js"
 */

export class Shelf {
  #entries;
  /** @type {Map<number, Promise<Draft>>} */
  #drafts = new Map();
  /** @type {Map<number, Blob>} */
  #whole = new Map();

  /** @param {readonly Entry[]} entries */
  constructor(entries) {
    this.#entries = entries;
  }

  /** The files that are whole and proven. @returns {Saved[]} */
  get saved() {
    return [...this.#whole].map(([file, blob]) => ({ path: this.#entries[file].path, blob }));
  }

  /** @param {number} file */
  has(file) {
    return this.#whole.has(file);
  }

  /**
   * Writes a leaf if it is what its sender says; whether it was.
   * @param {number} file @param {number} leaf @param {Bytes} bytes @param {Uint8Array} expected
   */
  async put(file, leaf, bytes, expected) {
    if (!equal(await sha256(bytes), expected)) return false;
    await (await this.#draft(file)).write(leaf * LEAF_BYTES, bytes);
    return true;
  }

  /**
   * Makes small files whole, one behind the other in `data`, where they are what their sender says; which they are.
   * @param {readonly Small[]} files @param {Bytes} data
   */
  async take(files, data) {
    /** @type {{taken: number[], broken: number[]}} */
    const answer = { taken: [], broken: [] };
    let end = 0;
    for (const { file, length, sha256: expected } of files) {
      const bytes = data.subarray(end, (end += length));
      const proven = equal(await sha256(bytes), expected);
      if (proven) this.#whole.set(file, new Blob([bytes]));
      answer[proven ? "taken" : "broken"].push(file);
    }
    return answer;
  }

  /** Makes a file whole if its root is what its sender says; whether it was. @param {FinishFile} effect */
  async finish({ file, size, root, leaves }) {
    if (root && !equal(await sha256(rootInput(size, leaves)), root)) return false;
    const draft = await this.#draft(file);
    this.#drafts.delete(file);
    this.#whole.set(file, await draft.finish());
    return true;
  }

  /** Removes what is half-way; whole files stay. */
  discard() {
    for (const draft of this.#drafts.values()) void draft.then((each) => each.discard(), () => {});
    this.#drafts.clear();
  }

  /** @param {number} file */
  #draft(file) {
    let draft = this.#drafts.get(file);
    if (!draft) this.#drafts.set(file, (draft = createDraft(this.#entries[file].size)));
    return draft;
  }
}

/** @param {Bytes} data */
const sha256 = async (data) => new Uint8Array(await crypto.subtle.digest("SHA-256", data));
