// A machine whose steps wait for WebCrypto must still take its events one at a time, in the order they came.

/** Runs tasks one after the other. */
export class Turns {
  /** @type {Promise<unknown>} */ #last = Promise.resolve();

  /** @template T @param {() => Promise<T>} task @returns {Promise<T>} what the task gives, after all before it */
  take(task) {
    const run = this.#last.then(task);
    this.#last = run.catch(() => {}); // the caller of that task hears of it; the next one does not
    return run;
  }
}
