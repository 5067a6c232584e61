// How the link to the server fares, and what a person is told of it.
//
//     connecting ──10 s: "it does not answer"──► connecting ──► connected ◄──► reconnecting
//          └──it answers, and the room is full or gone: "asked for again"────────────┘
//
// A page that came from a server and gets no answer from it has, as a rule, a proxy in between that passes no WebSocket on.

/**
 * @import { Notices } from "./notices.js"
 * @import { Snapshot } from "../core/snapshot.js"
 */

const PATIENCE_MS = 10_000;

export class ServerWatch {
  #notices;
  #changed;
  /** @type {Snapshot["server"]} */
  #state = "connecting";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #awaiting = false;

  /** @param {Notices} notices @param {() => void} changed */
  constructor(notices, changed) {
    this.#notices = notices;
    this.#changed = changed;
  }

  get state() {
    return this.#state;
  }

  /** From now on an answer is waited for. */
  start() {
    this.#timer = setTimeout(() => this.#notices.say("warning", "server-silent"), PATIENCE_MS);
  }

  /** @param {Snapshot["server"]} state */
  turned(state) {
    const before = this.#state;
    this.#state = state;
    if (state !== "connecting") this.stop();
    if (state === "connected") {
      this.#awaiting = false;
      this.#notices.clear("room-awaited");
    }
    if (state === "reconnecting" && before === "connected") this.#notices.say("warning", "server-lost");
    if (state === "connected" && before === "reconnecting") {
      this.#notices.clear("server-lost");
      this.#notices.say("info", "server-back");
    }
    this.#changed();
  }

  /** The server answers; what it says is no. @param {string} code of the refusal */
  refused(code) {
    if (this.#awaiting || (code !== "no_room" && code !== "room_full")) return;
    this.#awaiting = true;
    this.stop();
    this.#notices.clear("server-lost");
    this.#notices.say("info", "room-awaited");
  }

  /** Nothing is waited for any more. */
  stop() {
    clearTimeout(this.#timer);
    this.#notices.clear("server-silent");
  }
}
