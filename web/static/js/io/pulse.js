// What the packets of a running link tell: whether they go straight or through a relay, for ICE may change its mind; how
// good the link is for talking; and that none come any more, which the browser says only after several seconds.

import { QualityWatch } from "../core/quality.js";
import { lookOf } from "./reading.js";

/**
 * @import { Quality } from "../core/quality.js"
 * @import { Connection } from "./connection.js"
 * @import { Reading } from "./reading.js"
 */
/**
 * @typedef {object} Listener
 * @property {() => void} changed  another way, or quality
 * @property {() => boolean} awaits  whether voice or picture should come, which never pauses for long
 * @property {() => boolean} talks  whether voice or picture runs, either way
 * @property {() => void} silent  they came, and have stopped
 */

const EVERY_MS = 500;
/** Looks in a row without a byte; the first of them may have fallen right behind the last packet. */
const SILENT_LOOKS = 3;
const KEPT = 60;

export class Pulse {
  /** @type {"direct" | "relay" | null} */
  kind = null;
  /** One a second, the latest last. @type {readonly Reading[]} */
  readings = [];
  #listen;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #watched = 0;
  #bytes = 0;
  /** Looks since bytes came; -1 before they do. */
  #still = -1;
  #watch = new QualityWatch();

  /** @param {Listener} listen */
  constructor(listen) {
    this.#listen = listen;
  }

  /** @returns {Quality} */
  get quality() {
    return this.#watch.now;
  }

  /** @param {Connection} connection */
  start(connection) {
    this.stop();
    const watched = this.#watched;
    const look = async () => {
      const reading = await connection.read();
      if (watched !== this.#watched) return;
      this.#listenFor(reading.bytesIn);
      const before = [this.kind, this.quality];
      this.kind = reading.kind ?? this.kind;
      this.#keep(reading);
      if (before[0] !== this.kind || before[1] !== this.quality) this.#listen.changed();
    };
    this.#timer = setInterval(look, EVERY_MS);
    void look();
  }

  stop() {
    clearInterval(this.#timer);
    this.#watched += 1;
    this.#bytes = 0;
    this.#still = -1;
    this.kind = null;
    this.readings = [];
    this.#watch = new QualityWatch();
  }

  /** @param {Reading} reading */
  #keep(reading) {
    const before = this.readings.at(-1);
    if (before && reading.at - before.at < 1.5 * EVERY_MS) return;
    this.readings = Object.freeze([...this.readings, reading].slice(-KEPT));
    if (before && this.#listen.talks()) this.#watch.see(lookOf(before, reading));
  }

  /** @param {number} bytes received so far */
  #listenFor(bytes) {
    if (bytes > this.#bytes || !this.#listen.awaits()) this.#still = bytes > this.#bytes ? 0 : -1;
    else if (this.#still >= 0) this.#still += 1;
    this.#bytes = bytes;
    if (this.#still !== SILENT_LOOKS) return;
    this.#still = -1; // once; after that the connection's own state tells
    this.#listen.silent();
  }
}
