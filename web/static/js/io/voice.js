// Listens, here alone, to one's own microphone: whether one speaks while it is off, and whether it hears anything at all
// while it is on.

import { watchLevel } from "./media.js";

/**
 * @typedef {object} Listener
 * @property {() => void} unheard  one speaks, and the microphone is off
 * @property {() => void} silent  the microphone is on, and has not heard the least for a while
 */

/** Looks, ten a second. */
const WINDOW = 20;
const SPOKEN = 4;
const SPEECH = 0.05;
const SILENCE = 0.002;
const SILENT_LOOKS = 80;
/** One is not told again for so long. */
const REST_LOOKS = 300;

export class Voice {
  /** As `watchLevel` told it last. */
  level = 0;
  #listen;
  /** @type {MediaStreamTrack | null} */
  #track = null;
  #on = false;
  /** @type {boolean[]} */
  #spoke = [];
  #still = 0;
  #rest = 0;
  #stop = () => {};

  /** @param {Listener} listen */
  constructor(listen) {
    this.#listen = listen;
  }

  /** @param {MediaStreamTrack | null} track of the microphone @param {boolean} on whether others hear it */
  follow(track, on) {
    if (on !== this.#on) this.#forget();
    this.#on = on;
    if (track === this.#track) return;
    this.#stop();
    this.#track = track;
    this.#forget();
    if (!track) return void (this.#stop = () => {});
    const own = track.clone(); // a muted track is silent here too
    own.enabled = true;
    const unwatch = watchLevel(new MediaStream([own]), (level) => this.#hear(level));
    this.#stop = () => {
      unwatch();
      own.stop();
    };
  }

  #forget() {
    this.#spoke = [];
    this.#still = this.#rest = this.level = 0;
  }

  /** @param {number} level 0 to 1 */
  #hear(level) {
    this.level = level;
    this.#rest = Math.max(0, this.#rest - 1);
    this.#spoke = [...this.#spoke, level > SPEECH].slice(-WINDOW);
    this.#still = level > SILENCE ? 0 : this.#still + 1;
    if (this.#rest) return;
    if (!this.#on && this.#spoke.filter(Boolean).length >= SPOKEN) this.#tell(this.#listen.unheard);
    if (this.#on && this.#still >= SILENT_LOOKS) this.#tell(this.#listen.silent);
  }

  /** @param {() => void} say */
  #tell(say) {
    this.#forget();
    this.#rest = REST_LOOKS;
    say();
  }
}
