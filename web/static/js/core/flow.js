// How much a sender lets be on its way at once: enough to fill the line, too little to fill the queue before it. Twin of
// peer/core/flow.py, where it is explained.
//
// Pure: time is an argument, in seconds.

/** What may wait on the line. */
export const QUEUE_S = 0.05;
/** The same while a call runs, which has priority. */
export const CALM_QUEUE_S = 0.01;
export const LEAST_WINDOW = 128 * 1024;
export const LEAST_PER_LANE = 32 * 1024;
/** A rate that grows by less than this in a round trip, three times in a row, has found its limit. */
const GROWTH = 1.25;
const PLATEAU = 3;
/** The rate is the best of so many seconds, and of ten round trips at least. */
const RATE_S = 2;
/** How long the shortest round trip is believed. */
const REFRESH_S = 10;
/** How long it is believed when all others are longer by more than our own queue explains. */
const DOUBT_S = 2;

/**
 * @typedef {object} Post  a message that was handed to a lane, and how things stood then
 * @property {number} end
 * @property {number} at
 * @property {number} came
 * @property {number} cameAt
 * @property {number} firstAt
 */
/** @typedef {{posted: number, came: number, posts: Post[]}} OnLane */

/** What is on its way from one sender, over all of its lanes. */
export class Flow {
  /** Bytes that the receiver said it has got. */
  came = 0;
  underWay = 0;
  window = LEAST_WINDOW;
  queueS = QUEUE_S;
  /** The most bytes that may wait on the line, however fast it is. */
  mostQueued = Infinity;
  /** The shortest of late, in seconds; 0 before the first is known. */
  roundTrip = 0;
  /** @type {Map<number, OnLane>} */ #lanes = new Map();
  #cameAt = 0;
  #firstAt = 0;
  /** @type {{at: number, rate: number}[]} falling */ #rates = [];
  #seeking = true;
  #fullRate = 0;
  #stale = 0;
  #roundEnd = 0;
  /** Time in which there was nothing to send; it makes no rate old. */
  #idleS = 0;
  #believedUntil = 0;
  #doubtedFrom = 0;
  #emptyingUntil = -1;
  /** @type {number | null} */ #emptied = null;

  /** Whether another message may go out. */
  get hasRoom() {
    return this.underWay < this.window;
  }

  /** Bytes a second that the line carried of late at best; 0 before the first is known. */
  get rate() {
    return this.#rates[0]?.rate ?? 0;
  }

  /** Bytes on their way over one lane. @param {number} lane */
  onLane(lane) {
    const known = this.#lanes.get(lane);
    return known ? known.posted - known.came : 0;
  }

  /** A message of `count` bytes was handed to a lane. @param {number} lane @param {number} count @param {number} now */
  posted(lane, count, now) {
    if (!this.underWay) {
      this.#idleS += now - this.#cameAt;
      this.#cameAt = this.#firstAt = now;
    }
    const on = this.#lanes.get(lane) ?? { posted: 0, came: 0, posts: [] };
    this.#lanes.set(lane, on);
    on.posted += count;
    on.posts.push({ end: on.posted, at: now, came: this.came, cameAt: this.#cameAt, firstAt: this.#firstAt });
    this.underWay += count;
  }

  /**
   * The receiver got so many bytes on each of these lanes since they began; false when it cannot have.
   * @param {readonly (readonly [lane: number, total: number])[]} totals @param {number} now
   */
  got(totals, now) {
    /** @type {Post | null} */ let latest = null;
    for (const [lane, total] of totals) {
      const on = this.#lanes.get(lane);
      if (!on || total < on.came || total > on.posted) return false;
      this.came += total - on.came;
      this.underWay -= total - on.came;
      on.came = total;
      for (let [post] = on.posts; post && post.end <= total; [post] = on.posts) {
        on.posts.shift();
        if (!latest || post.at > latest.at) latest = post;
      }
    }
    if (latest) this.#learn(latest, now);
    return true;
  }

  /** @param {Post} post @param {number} now */
  #learn(post, now) {
    const trip = now - post.at;
    this.#believe(trip, now);
    const took = Math.max(now - post.cameAt, post.at - post.firstAt);
    if (took >= this.roundTrip / 2 && took > 0) this.#note((this.came - post.came) / took, now);
    this.#cameAt = now;
    this.#firstAt = post.at;
    if (this.#seeking) this.#seek(trip, post);
    this.#open();
  }

  /** The shortest round trip; once it is old the queue is emptied and it is measured anew. @param {number} trip @param {number} now */
  #believe(trip, now) {
    if (this.#emptyingUntil >= 0) {
      this.#emptied = Math.min(this.#emptied ?? trip, trip);
      if (now < this.#emptyingUntil && this.#emptied > this.roundTrip) return;
      trip = this.#emptied;
      this.roundTrip = 0;
      this.#emptyingUntil = -1;
      this.#emptied = null;
    }
    if (!this.roundTrip || trip <= this.roundTrip) {
      this.roundTrip = trip;
      this.#believedUntil = now + REFRESH_S;
    }
    if (trip <= this.roundTrip + 2 * this.queueS) this.#doubtedFrom = now;
    if (now >= this.#believedUntil || now > this.#doubtedFrom + DOUBT_S) this.#emptyingUntil = now + trip + this.roundTrip;
  }

  /** @param {number} rate @param {number} now */
  #note(rate, now) {
    const at = now - this.#idleS;
    const kept = Math.max(RATE_S, 10 * this.roundTrip);
    while (this.#rates.length && this.#rates[this.#rates.length - 1].rate <= rate) this.#rates.pop();
    this.#rates.push({ at, rate });
    while (this.#rates[0].at < at - kept) this.#rates.shift();
  }

  /** @param {number} trip @param {Post} post */
  #seek(trip, post) {
    if (post.came >= this.#roundEnd) {
      this.#roundEnd = this.came;
      if (this.rate >= GROWTH * this.#fullRate) {
        this.#fullRate = this.rate;
        this.#stale = 0;
      } else {
        this.#stale += 1;
      }
    }
    if (this.#stale >= PLATEAU || trip > this.roundTrip + this.queueS) this.#seeking = false;
  }

  #open() {
    const queue = Math.min(this.rate * this.queueS, this.mostQueued);
    const wanted = this.#emptyingUntil >= 0
      ? this.rate * this.roundTrip * 0.75
      : this.rate * (this.#seeking ? 2 : 1) * this.roundTrip + queue;
    this.window = Math.max(LEAST_WINDOW, LEAST_PER_LANE * this.#lanes.size, wanted);
  }
}
