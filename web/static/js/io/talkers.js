// Listens to everybody in the room, ten times a second, for who speaks.

import { Speaking } from "../core/speaking.js";

/** @import { Talk } from "../core/speaking.js" */

const EVERY_MS = 100;
const ME = "me";

export class Talkers {
  #levels;
  #changed;
  #speaking = new Speaking(ME);
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /**
   * @param {() => Iterable<[string, number | null]>} levels by peer id, and "me"; null while a microphone is off
   * @param {() => void} changed
   */
  constructor(levels, changed) {
    this.#levels = levels;
    this.#changed = changed;
  }

  /** @returns {Talk} */
  get now() {
    return this.#speaking.now;
  }

  start() {
    this.#timer = setInterval(() => {
      const before = this.now;
      if (this.#speaking.hear(new Map(this.#levels()), performance.now() / 1000) !== before) this.#changed();
    }, EVERY_MS);
  }

  stop() {
    clearInterval(this.#timer);
  }
}
