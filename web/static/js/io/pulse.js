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
 * @property {() => void} back  after that something comes again, be it a check of the way
 */

const EVERY_MS = 500;
/** While nothing comes: how soon it is seen that it does again is part of how long an outage lasts. */
const SILENT_EVERY_MS = 100;
/** Looks in a row without a byte; the first of them may have fallen right behind the last packet. */
const SILENT_LOOKS = 3;
const KEPT = 60;

export class Pulse {
  /** @type {"direct" | "relay" | null} */
  kind = null;
  /** One a second, the latest last. @type {readonly Reading[]} */
  readings = [];
  #listen;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #watched = 0;
  #bytes = 0;
  #checks = 0;
  /** Looks since bytes came; -1 before they do. */
  #still = -1;
  #silent = false;
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
      this.#timer = setTimeout(look, this.#silent ? SILENT_EVERY_MS : EVERY_MS);
      this.#listenFor(reading);
      const before = [this.kind, this.quality];
      this.kind = reading.kind ?? this.kind;
      this.#keep(reading);
      if (before[0] !== this.kind || before[1] !== this.quality) this.#listen.changed();
    };
    void look();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#watched += 1;
    this.#bytes = this.#checks = 0;
    this.#still = -1;
    this.#silent = false;
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

  /** @param {Reading} reading */
  #listenFor({ bytesIn: bytes, checks }) {
    if (this.#silent && (bytes > this.#bytes || checks > this.#checks)) {
      this.#silent = false;
      this.#listen.back();
    }
    this.#checks = checks;
    if (bytes > this.#bytes || !this.#listen.awaits()) this.#still = bytes > this.#bytes ? 0 : -1;
    else if (this.#still >= 0) this.#still += 1;
    this.#bytes = bytes;
    if (this.#still !== SILENT_LOOKS) return;
    this.#still = -1; // once; after that the connection's own state tells
    this.#silent = true;
    this.#listen.silent();
  }
}
