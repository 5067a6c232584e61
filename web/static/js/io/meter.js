// How fast something moves, smoothed, and how long it will take.

const SAMPLE_MS = 250;
const WEIGHT = 0.3;

export class Meter {
  rate = 0;
  #bytes = 0;
  #at = 0;

  /** @param {number} bytes moved so far @param {number} now milliseconds */
  update(bytes, now) {
    if (!this.#at) {
      this.#at = now;
      this.#bytes = bytes;
    }
    const passed = now - this.#at;
    if (passed < SAMPLE_MS) return;
    const rate = ((bytes - this.#bytes) * 1000) / passed;
    this.rate = this.rate ? this.rate + WEIGHT * (rate - this.rate) : rate;
    this.#bytes = bytes;
    this.#at = now;
  }

  /** Nothing is meant to move: the time until it does again does not count. */
  rest() {
    this.rate = this.#at = 0;
  }

  /** Seconds until `total`, null when that cannot be told. @param {number} bytes @param {number} total */
  eta(bytes, total) {
    return total >= 0 && this.rate > 0 ? (total - bytes) / this.rate : null;
  }
}
