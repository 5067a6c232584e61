// Lets bytes pass at the rate of a core/bucket.js, or none at all while it is held. Both may change while somebody waits.

import { Bucket } from "../core/bucket.js";

export class Pacer {
  #bucket = new Bucket(0, now());
  #held = false;
  /** @type {Set<() => void>} */
  #waiting = new Set();

  /** Bytes a second, 0 for any number. */
  get rate() {
    return this.#bucket.rate;
  }

  set rate(rate) {
    this.#bucket.turn(rate, now());
    this.wake();
  }

  /** @param {boolean} held */
  set held(held) {
    this.#held = held;
    this.wake();
  }

  /** Whether bytes wait here for the rate. */
  get limits() {
    return this.#bucket.delay(now()) > 0;
  }

  /**
   * Settles once so many bytes may go, or when nobody wants them to any more.
   * @param {number} bytes @param {() => boolean} wanted asked whenever something changed
   */
  async pass(bytes, wanted) {
    for (;;) {
      const delay = this.#held ? Infinity : this.#bucket.delay(now());
      if (!delay || !wanted()) break;
      await this.#sleep(delay);
    }
    this.#bucket.spend(bytes, now());
  }

  /** Whoever waits looks again. */
  wake() {
    for (const resume of this.#waiting) resume();
  }

  /** @param {number} seconds Infinity: until it is woken */
  #sleep(seconds) {
    return new Promise((resolve) => {
      /** @type {ReturnType<typeof setTimeout> | undefined} */
      let timer;
      const resume = () => {
        clearTimeout(timer);
        this.#waiting.delete(resume);
        resolve(undefined);
      };
      this.#waiting.add(resume);
      if (Number.isFinite(seconds)) timer = setTimeout(resume, Math.min(seconds, LONGEST_S) * 1000);
    });
  }
}

/** A timer for longer would run at once. */
const LONGEST_S = 86_400;
const now = () => performance.now() / 1000;
