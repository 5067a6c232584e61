// How many lanes a sender should have: one on a short or fast way, more where each is held up by distance or loss. Twin
// of peer/core/lanes.py, where the diagram stands.
//
// Pure: time is an argument, in seconds.

import { MAX_LANES } from "../gen/messages.js";

/** A way that is this short does not hold a lane up. */
const NEAR_S = 0.002;
/** On a way that is this long a sender begins with several lanes. */
const FAR_S = 0.005;
/** Bytes a second beyond which more lanes only cost processor time. */
const FAST = 40e6;
/** How many times as many lanes are tried. */
const STEP = 4;
/** More lanes are kept when they are this much faster. */
const GAIN = 1.1;
/** A rate that falls below this share of the best is a reason to try again. */
const FALL = 0.7;
/** How long lanes may take to open before the others are measured without them. */
const OPENING_S = 5;
const LEAST_INTERVAL_S = 0.25;
/** A transfer that ends within this time is not worth another try. */
const WORTH_S = 2;
const WORTHY_BYTES = 8 * 1024 * 1024;

/** Decides for one main lane and its side lanes. Ask often, at least every `interval`. */
export class Lanes {
  #near;
  /** @type {{count: number, rate: number}} */ #best = { count: 1, rate: 0 };
  /** @type {{at: number, came: number} | null} */ #since = null;
  #former = 0;
  #resting = false;
  #low = 0;
  /** @type {number | null} */ #patientUntil = null;

  /**
   * @param {number} size  bytes to send, -1 while that is not known
   * @param {number | null} roundTrip  seconds, null when nobody knows
   * @param {number} most  lanes there may be
   */
  constructor(size, roundTrip, most = MAX_LANES) {
    /** May be lowered when the other end wants no more. */
    this.most = most;
    const far = roundTrip !== null && roundTrip >= FAR_S;
    const worthy = size < 0 || size > WORTHY_BYTES;
    /** Lanes wanted. */
    this.count = far && worthy ? Math.min(STEP, most) : 1;
    this.interval = Math.max(LEAST_INTERVAL_S, 4 * (roundTrip ?? 0));
    this.#near = roundTrip !== null && roundTrip < NEAR_S;
  }

  /**
   * How many lanes to have.
   * @param {number} now
   * @param {number} came  bytes that have come at the receiver so far
   * @param {number} open  how many lanes there are
   * @param {number} left  bytes left to send, -1 while that is not known
   * @param {boolean} heldUp  whether the sender had to wait for the lanes since the last step; else the rate is its own
   */
  step(now, came, open, left, heldUp = true) {
    this.#patientUntil ??= now + OPENING_S;
    const opening = open < Math.min(this.count, this.most) && now < this.#patientUntil;
    if (!this.#since || opening || !heldUp) {
      this.#since = { at: now, came };
      return this.count;
    }
    const passed = now - this.#since.at;
    if (passed < this.interval) return this.count;
    const rate = (came - this.#since.came) / passed;
    this.#since = { at: now, came };
    if (this.#resting) this.#rest(rate, now);
    else if (rate > 0 && rate <= GAIN * this.#former) this.#settled(Math.max(rate, this.#former), now, left);
    else this.#former = rate;
    return this.count;
  }

  /** The rate with this many lanes is known. @param {number} rate @param {number} now @param {number} left */
  #settled(rate, now, left) {
    const better = rate >= GAIN * this.#best.rate || this.count === this.#best.count;
    if (better) this.#best = { count: this.count, rate };
    const ends = left >= 0 && left < rate * WORTH_S;
    if (better && !this.#near && rate <= FAST && this.count < this.most && !ends) return this.#try(now);
    this.count = this.#best.count;
    this.#resting = true;
    this.#low = 0;
  }

  /** @param {number} rate @param {number} now */
  #rest(rate, now) {
    this.#low = rate < FALL * this.#best.rate ? this.#low + 1 : 0;
    if (this.#low < 4 || rate <= 0 || this.#near) return;
    this.#best = { count: this.count, rate };
    this.#resting = false;
    this.#try(now);
  }

  /** @param {number} now */
  #try(now) {
    this.count = Math.min(this.count * STEP, this.most);
    this.#former = 0;
    this.#since = null;
    this.#patientUntil = now + OPENING_S;
  }
}
