// Whether packets go straight or through a relay, looked at now and then: ICE may change its mind.

/** @import { Connection } from "./connection.js" */

const EVERY_MS = 3000;

export class PathWatch {
  /** @type {"direct" | "relay" | null} */
  kind = null;
  #changed;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #watched = 0;

  /** @param {() => void} changed */
  constructor(changed) {
    this.#changed = changed;
  }

  /** @param {Connection} connection */
  start(connection) {
    this.stop();
    const watched = this.#watched;
    const look = async () => {
      const { kind } = await connection.way();
      if (watched !== this.#watched || kind === this.kind) return;
      this.kind = kind;
      this.#changed();
    };
    this.#timer = setInterval(look, EVERY_MS);
    void look();
  }

  stop() {
    clearInterval(this.#timer);
    this.#watched += 1;
    this.kind = null;
  }
}
