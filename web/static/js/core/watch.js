/**
 * Why a transfer stands still, and what to do about it. Twin of peer/core/watch.py, where the diagram stands. Pure: time
 * is an argument, in seconds.
 *
 * A shell looks at the transfer twice a second, feeds what it sees, and performs:
 *   reopen_lane   close the lane; the sender opens the next one
 *   replace_link  close the link; another one is made
 * What a person is to be told stands in `still`.
 */

/**
 * @typedef {object} Facts  what one end sees of a transfer at one moment
 * @property {boolean} gives  this end is the sender
 * @property {number} moved  changes whenever bytes of files do
 * @property {boolean} linked  a proven link runs
 * @property {boolean} served  the server answers
 * @property {boolean} asking  nobody at the receiving end has said yes yet
 * @property {boolean} paused_here
 * @property {boolean} paused_there
 * @property {boolean} limited  bytes wait for a limit that somebody set
 * @property {boolean} outstanding  bytes were given to the link and have not left this machine
 * @property {"" | "disk" | "stream"} reading  what the sender's reader waits for
 * @property {"" | "disk" | "pipe"} writing  what the receiver's proven leaves wait for
 */
/**
 * @typedef {"server_lost" | "link_lost" | "paused_here" | "paused_there" | "asking" | "wire" | "limited" | "slow_source"
 *   | "quiet_stream" | "slow_disk" | "slow_reader" | "receiver_slow" | "sender_slow"} Cause
 * @typedef {{type: "reopen_lane"} | {type: "replace_link"}} Effect
 */

export const STILL_S = 10;

/** Over one transfer, from `now` on. */
export class Watch {
  /** Why nothing has moved for 10 s, null while it does. @type {Cause | null} */
  still = null;
  /** @type {Facts | null} */
  #facts = null;
  /** @type {Cause | null} */
  #cause = null;
  /** When bytes last moved, or the reason why they do not was another. */
  #since;
  #actedAt = -Infinity;

  /** @param {number} now */
  constructor(now) {
    this.#since = now;
  }

  /** What to do about what is seen. @param {Facts} facts @param {number} now @returns {Effect[]} */
  look(facts, now) {
    const cause = causeOf(facts);
    if (facts.moved !== this.#facts?.moved || cause !== this.#cause) this.#since = now;
    this.#facts = facts;
    this.#cause = cause;
    this.still = now - this.#since >= STILL_S ? cause : null;
    if (this.still !== "wire" || now - this.#actedAt < STILL_S) return [];
    const helped = this.#since - this.#actedAt > STILL_S;
    if (!helped && !facts.served) return []; // without a server there would be no other link
    this.#actedAt = now;
    return [{ type: helped ? "reopen_lane" : "replace_link" }];
  }
}

/** Why nothing moves, if nothing does: the first that is true. @param {Facts} facts @returns {Cause} */
export function causeOf(facts) {
  if (!facts.linked) return facts.served ? "link_lost" : "server_lost";
  if (facts.paused_here) return "paused_here";
  if (facts.paused_there) return "paused_there";
  if (facts.asking) return "asking";
  if (facts.outstanding) return "wire";
  if (facts.limited) return "limited";
  if (facts.reading) return facts.reading === "disk" ? "slow_source" : "quiet_stream";
  if (facts.writing) return facts.writing === "disk" ? "slow_disk" : "slow_reader";
  return facts.gives ? "receiver_slow" : "sender_slow";
}
