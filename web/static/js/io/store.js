// The page's end of store/worker.js: one worker, started when it is first needed.

import { scriptUrl } from "./scripts.js";

/** @import { Bytes } from "../core/bytes.js" */

const MAX_SPARE = 8;

class Store {
  #worker;
  #asked = 0;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (why: unknown) => void}>} */
  #waiting = new Map();
  /** @type {ArrayBuffer[]} */
  #spare = [];

  constructor() {
    this.#worker = new Worker(scriptUrl("store"), { type: "module" });
    this.#worker.onmessage = ({ data: { id, value, error, spare } }) => {
      const { resolve, reject } = this.#waiting.get(id) ?? {};
      this.#waiting.delete(id);
      for (const buffer of spare ?? []) if (this.#spare.length < MAX_SPARE) this.#spare.push(buffer);
      if (error) reject?.(new DOMException(error.message, error.name));
      else resolve?.(value);
    };
    this.#worker.onerror = () => this.#fail();
  }

  /**
   * Asks the worker; `data` is given away.
   * @param {string} op @param {object} [asked] @param {Bytes | null} [data] @param {MessagePort[]} [ports]
   * @returns {Promise<any>} rejects with a DOMException
   */
  ask(op, asked = {}, data = null, ports = []) {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const lent = data ? [data.buffer, ...ports] : ports;
      this.#worker.postMessage(data ? { id, op, ...asked, data } : { id, op, ...asked }, lent);
    });
  }

  /** A buffer that the worker is done with, or a new one. @param {number} length @returns {Bytes} */
  room(length) {
    const fits = this.#spare.findIndex((buffer) => buffer.byteLength >= length);
    const [buffer = new ArrayBuffer(length)] = fits < 0 ? [] : this.#spare.splice(fits, 1);
    return new Uint8Array(buffer, 0, length);
  }

  /** The worker did not start, or broke. */
  #fail() {
    for (const { reject } of this.#waiting.values()) reject(new DOMException("the worker broke", "UnknownError"));
    this.#waiting.clear();
  }
}

/** @type {Promise<Store | null> | undefined} */
let started;

/** The store of this page; null where the browser has no place for one. @returns {Promise<Store | null>} */
export const store = () => (started ??= start());

async function start() {
  if (!navigator.storage?.getDirectory || !globalThis.Worker || !navigator.locks) return null;
  const made = new Store();
  return (await made.ask("able").catch(() => false)) ? made : null;
}
