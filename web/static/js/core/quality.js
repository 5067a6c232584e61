// How good a link is for talking, and why it is not: what the packets of the last seconds say, made calm. It gets worse
// fast and better slowly, and says nothing of losses that nobody hears or sees.
//
// Pure: a look a second goes in. Sources: W3C webrtc-stats (packetsLost, fractionLost, currentRoundTripTime,
// qualityLimitationReason, freezeCount); ITU-T G.114 for how long a way may be.

/** @typedef {"good" | "fair" | "poor"} Level */
/** @typedef {"" | "uplink" | "downlink" | "cpu" | "relay" | "far"} Cause  uplink, cpu: ours; downlink: what comes to us */
/** @typedef {{level: Level, cause: Cause}} Quality */
/**
 * @typedef {object} Look  what came and went since the look before
 * @property {number} came  packets
 * @property {number} lost  packets that should have come
 * @property {number} lostThere  share of ours that did not arrive, 0 to 1
 * @property {number} roundTrip  seconds
 * @property {number} froze  how often the picture stood still
 * @property {"none" | "cpu" | "bandwidth" | "other"} limited  why our picture is smaller than it could be
 * @property {boolean} relayed
 */

/** Shares of packets. */
const FAIR_LOSS = 0.02;
const POOR_LOSS = 0.08;
/** Seconds there and back: twice the 150 and 400 ms of G.114. */
const FAIR_TRIP = 0.3;
const POOR_TRIP = 0.8;
/** Looks that a share of losses is taken over. */
const WINDOW = 5;
/** Looks in a row until it is worse, or better. */
const FALLS = 2;
const RISES = 8;

/** @type {readonly Level[]} */
const LEVELS = ["good", "fair", "poor"];
/** @type {Quality} */
const GOOD = Object.freeze({ level: "good", cause: "" });

export class QualityWatch {
  /** @type {Quality} */
  now = GOOD;
  /** @type {Look[]} */
  #looks = [];
  #worse = 0;
  #better = 0;

  /** What is to be shown after this look. @param {Look} look @returns {Quality} */
  see(look) {
    this.#looks = [...this.#looks, look].slice(-WINDOW);
    const seen = this.#judge(look);
    const [old, fresh] = [LEVELS.indexOf(this.now.level), LEVELS.indexOf(seen.level)];
    this.#worse = fresh > old ? this.#worse + 1 : 0;
    this.#better = fresh < old ? this.#better + 1 : 0;
    if (this.#worse >= FALLS || this.#better >= RISES) {
      this.#worse = this.#better = 0;
      this.now = Object.freeze(seen);
    } else if (fresh === old && seen.cause !== this.now.cause && seen.cause) {
      this.now = Object.freeze(seen);
    }
    return this.now;
  }

  /** @param {Look} look @returns {Quality} */
  #judge({ roundTrip, limited, relayed }) {
    const steadily = this.#looks.length === WINDOW && this.#looks.every((each) => each.limited === limited); // not while it begins
    const sum = (/** @type {"came" | "lost" | "froze"} */ what) => this.#looks.reduce((all, each) => all + each[what], 0);
    const down = sum("lost") / Math.max(1, sum("came") + sum("lost"));
    const up = this.#looks.reduce((all, each) => all + each.lostThere, 0) / this.#looks.length;
    /** @type {[number, Cause][]} */
    const troubles = [
      [grade(up, FAIR_LOSS, POOR_LOSS), "uplink"],
      [Math.max(grade(down, FAIR_LOSS, POOR_LOSS), sum("froze") ? 1 : 0), "downlink"],
      [grade(roundTrip, FAIR_TRIP, POOR_TRIP), relayed ? "relay" : "far"],
      [steadily && limited === "cpu" ? 1 : 0, "cpu"],
      [steadily && limited === "bandwidth" ? 1 : 0, "uplink"],
    ];
    const [worst, cause] = troubles.reduce((first, each) => (each[0] > first[0] ? each : first), [0, /** @type {Cause} */ ("")]);
    return { level: LEVELS[worst], cause };
  }
}

/** @param {number} value @param {number} fair @param {number} poor */
const grade = (value, fair, poor) => (value >= poor ? 2 : value >= fair ? 1 : 0);
