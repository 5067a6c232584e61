// To whom the line carries our picture, and to whom our voice alone, for a picture that is too much for the line makes the
// voice beside it break off. Where several links share a line that is too narrow, one after the other goes without a
// picture, those who look at a small one first, until the rest fit; after a while each is tried again, small.
//
//     whole ──narrow for 5 s──► voice ──10 s, 20 s … 60 s──► least ──wide for 5 s──► whole
//                                 ▲                            │ narrow for 12 s
//                                 └────────────────────────────┘
//
// Pure: a look a second goes in. Source: W3C webrtc-stats, targetBitrate.

/** @typedef {"whole" | "least" | "voice"} Step */
/** @typedef {{heard: boolean, allowed: number, small: boolean}} Line  anything comes over it; bits a second that the browser lets our picture have; a small one is enough there */
/** @typedef {{step: Step, grace: number, narrow: number, wide: number, rest: number, pause: number}} State  all but `step` in looks */

/** Less than that is no picture. Chromium goes down to 30,000, whatever the line carries. */
const NARROW = 50_000;
const WIDE = 90_000;
const FALLS = 5;
const TRIAL_FALLS = 12;
const RISES = 5;
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 60;
/** Looks from the beginning, or from the end of an outage, until the browser has found out what the line carries. */
const GRACE = 10;
/** Looks after a change, until the others have found out what is left for them. */
const SETTLE = 3;

export class Uplink {
  /** @type {Map<string, State>} */
  #states = new Map();
  #settle = 0;

  /** @param {string} peer @returns {Step} */
  step(peer) {
    return this.#states.get(peer)?.step ?? "whole";
  }

  /** Whether anybody goes without our picture. */
  get short() {
    return [...this.#states.values()].some(({ step }) => step === "voice");
  }

  /**
   * @param {ReadonlyMap<string, Line>} lines over which our picture goes, or would
   * @returns {string[]} those for whom it is another step now
   */
  see(lines) {
    const gone = [...this.#states.keys()].filter((peer) => !lines.has(peer));
    const freed = gone.filter((peer) => this.step(peer) !== "whole");
    for (const peer of gone) this.#states.delete(peer);
    for (const [peer, line] of lines) this.#count(this.#state(peer), line);
    const widened = [...lines.keys()].filter((peer) => this.#widens(this.#state(peer)));
    if (this.#settle > 0) this.#settle -= 1;
    const moved = this.#settle > 0 ? null : (this.#narrowest(lines) ?? this.#rested());
    if (moved) this.#settle = SETTLE;
    return [...freed, ...widened, ...(moved ? [moved] : [])];
  }

  /** @param {string} peer */
  #state(peer) {
    let state = this.#states.get(peer);
    if (!state) this.#states.set(peer, (state = { step: "whole", grace: GRACE, narrow: 0, wide: 0, rest: 0, pause: FIRST_PAUSE }));
    return state;
  }

  /** @param {State} state @param {Line} line one over which nothing comes is broken and not narrow */
  #count(state, { heard, allowed }) {
    state.grace = heard ? Math.max(0, state.grace - 1) : GRACE;
    state.narrow = allowed < NARROW && state.grace === 0 ? state.narrow + 1 : 0;
    state.wide = allowed >= WIDE ? state.wide + 1 : 0;
    state.rest = Math.max(0, state.rest - 1);
  }

  /** A trial that went well. @param {State} state */
  #widens(state) {
    if (state.step !== "least" || state.wide < RISES) return false;
    Object.assign(state, { step: "whole", pause: FIRST_PAUSE });
    return true;
  }

  /** @param {ReadonlyMap<string, Line>} lines */
  #narrowest(lines) {
    const falls = [...lines.keys()].filter((peer) => {
      const { step, narrow } = this.#state(peer);
      return step !== "voice" && narrow >= (step === "least" ? TRIAL_FALLS : FALLS);
    });
    const peer = falls.findLast((each) => lines.get(each)?.small) ?? falls.at(-1);
    if (!peer) return null;
    const state = this.#state(peer);
    Object.assign(state, { step: "voice", rest: state.pause, pause: Math.min(LONGEST_PAUSE, 2 * state.pause) });
    return peer;
  }

  /** The one that has gone without for long enough. */
  #rested() {
    const found = [...this.#states].find(([, { step, rest }]) => step === "voice" && rest === 0);
    if (!found) return null;
    Object.assign(found[1], { step: "least", narrow: 0, wide: 0 });
    return found[0];
  }
}
