// What has come over each lane of a transfer since its main lane was opened, told to the sender: often enough for its
// window never to run dry, and seldom enough to cost nothing.

import { packGot } from "../core/frames.js";

/** @import { Lane } from "./lane.js" */

/** Least time between two GOT frames, unless so many bytes have come that a small window may be full. */
const REPORT_MS = 10;
const REPORT_BYTES = 64 * 1024;

export class Tally {
  #main;
  /** @type {Map<number, number>} */
  #totals = new Map();
  /** @type {Set<number>} */
  #news = new Set();
  #unsaidBytes = 0;
  #saidAt = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Lane} main */
  constructor(main) {
    this.#main = main;
  }

  /** A message came; the main lane is 0. @param {number} lane @param {number} bytes */
  count(lane, bytes) {
    this.#totals.set(lane, (this.#totals.get(lane) ?? 0) + bytes);
    this.#news.add(lane);
    this.#unsaidBytes += bytes;
    const early = this.#saidAt + REPORT_MS - performance.now();
    // A page in the background has slow timers: while frames come it must do without them.
    if (early <= 0 || this.#unsaidBytes >= REPORT_BYTES) this.#say();
    else this.#timer ??= setTimeout(() => this.#say(), early);
  }

  close() {
    clearTimeout(this.#timer);
  }

  #say() {
    this.close();
    this.#timer = undefined;
    this.#saidAt = performance.now();
    this.#unsaidBytes = 0;
    const totals = [...this.#news].map((lane) => /** @type {const} */ ([lane, this.#totals.get(lane) ?? 0]));
    this.#news.clear();
    void this.#main.send(packGot(totals)).catch(() => {}); // a closed lane says so itself
  }
}
