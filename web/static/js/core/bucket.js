// A token bucket: how long bytes wait so that no more than a rate passes. Pure: the clock is an argument.
// Sibling of peer/core/bucket.py; only what is made good after a late look differs, because a page's clock is worse.

/** Timers of a hidden page run once a second. Whoever was silent for longer saved nothing up. */
const FORGIVEN_S = 1.1;

/** Bytes of at most `rate` a second; 0 lets everything pass. */
export class Bucket {
  #freeAt;

  /** @param {number} rate bytes a second @param {number} now seconds on any clock that does not run backwards */
  constructor(rate, now) {
    this.rate = rate;
    this.#freeAt = now;
  }

  /** Seconds until the next bytes may go. @param {number} now */
  delay(now) {
    return this.rate ? Math.max(0, this.#freeAt - now) : 0;
  }

  /** So many bytes go; those after them wait for them. @param {number} size @param {number} now */
  spend(size, now) {
    if (!this.rate) return;
    this.#freeAt = (now - this.#freeAt > FORGIVEN_S ? now : this.#freeAt) + size / this.rate;
  }

  /** Another rate from now on: who waits, waits by the new one. @param {number} rate @param {number} now */
  turn(rate, now) {
    this.#freeAt = now + (rate ? (this.delay(now) * this.rate) / rate : 0);
    this.rate = rate;
  }
}
