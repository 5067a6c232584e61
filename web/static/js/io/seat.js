// What a page that is loaded again knows of itself before: its seat may not be free yet, and files may have been coming in.
// Whoever sends them waits for it, if nobody says goodbye, also when it is loaded once more before they go on.

import { ROOM_GONE_MS } from "./websocket.js";

const KEY = "twocans.seat";
/** The goodbye to the server and the next hello go over two connections, and either may come first. */
const FREED_MS = 3000;
/** So long a sender waits for who is to go on (REUNION_S). */
const GOES_ON_MS = 30_000;

export class Seat {
  #room = "";
  /** @type {"" | "there" | "receiving"} */
  #before = "";
  #since = 0;

  /** @param {string} room its public name */
  enter(room) {
    this.#room = room;
    this.#since = performance.now();
    try {
      const [state, of] = (sessionStorage.getItem(KEY) ?? "").split(" ");
      sessionStorage.removeItem(KEY);
      if (of === room && (state === "there" || state === "receiving")) this.#before = state;
    } catch {
      // Storage is blocked: it is a page like any other.
    }
  }

  /** How long a room that is full or gone is asked for again, in milliseconds; 0 for a page that was not in it. */
  get patience() {
    if (this.#before === "receiving") return ROOM_GONE_MS;
    return this.#before ? FREED_MS : 0;
  }

  /** Whether files are to come in that came before the page was loaded again. */
  get goesOn() {
    return this.#before === "receiving" && performance.now() - this.#since < GOES_ON_MS;
  }

  /** The page goes. @param {boolean} receiving */
  leave(receiving) {
    try {
      sessionStorage.setItem(KEY, `${receiving ? "receiving" : "there"} ${this.#room}`);
    } catch {
      // Storage is blocked: the next page asks for the room once.
    }
  }
}
