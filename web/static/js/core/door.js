// Who may come into a room, as one of those inside keeps it. Twin of peer/core/door.py, where it is explained.
//
// Pure: time is an argument, in seconds.

import { MAX_EXPIRY_S } from "../gen/messages.js";

/**
 * @import { Control, SayControl } from "../gen/messages.js"
 */
/** @typedef {"in" | "locked" | "held" | "refused"} Answer */
/** @typedef {{what: "in" | "out" | "drop" | "ours", instance: string}} Move */
/** @typedef {{instance: string, name: string, held: boolean}} Knocking */
/** @typedef {Extract<Control, {type: "room"}>} RoomState */
/** @typedef {Extract<Control, {type: "verdict"}>} Verdict */

/** Who knocks beyond that is sent away. */
export const MAX_KNOCKS = 16;
/** How long whoever does not decide waits for the word of who does. */
export const GRACE_S = 5;

/** The lock of one room. */
export class Door {
  me;
  #able;
  /** The instance of who decides; "" while nobody is known to. */
  host;
  /** Whether the host made the room; then no other claim counts. */
  claimed;
  locked = false;
  /** When the invite lets in nobody any more by itself; null when it is not to expire. @type {number | null} */
  expires = null;
  /** Whether we stand outside ourselves. */
  outside = false;
  #inside = false;
  /** @type {Set<string>} */ #linked = new Set();
  /** @type {Set<string>} */ #present = new Set();
  /** @type {Set<string>} */ #admitted = new Set();
  /** @type {Set<string>} */ #barred = new Set();
  /** @type {Map<string, Knocking>} */ #waiting = new Map();

  /**
   * @param {string} me our own instance @param {boolean} [made] we made the room, and so claim to be its host
   * @param {boolean} [able] a person is here who can decide
   */
  constructor(me, made = false, able = true) {
    this.me = me;
    this.#able = able;
    this.host = made ? me : "";
    this.claimed = made;
  }

  /** Who is outside, the longest waiting first. @returns {readonly Knocking[]} */
  get knocks() {
    return [...this.#waiting.values()];
  }

  /** Who is inside and could decide, ourselves aside. @returns {readonly string[]} */
  get present() {
    return [...this.#present];
  }

  /** Whether we decide, or could. */
  get mine() {
    return this.#able && !this.outside && (this.host === "" || this.host === this.me);
  }

  /** When to `tick`; null for not at all. */
  get deadline() {
    if (this.expires === null) return null;
    return this.mine ? this.expires : this.expires + GRACE_S;
  }

  /** Locks the room when its time is over. Whether it is locked. @param {number} now */
  tick(now) {
    if (this.deadline !== null && now >= this.deadline) this.#turn(true);
    return this.locked;
  }

  /**
   * What newcomers are told; null while there is nothing to tell.
   * @param {number} now @returns {Extract<SayControl, {type: "room"}> | null}
   */
  state(now) {
    if (!this.host) return null;
    const locked = this.tick(now);
    const { host, claimed, expires } = this;
    /** @type {Extract<SayControl, {type: "room"}>} */
    const state = { type: "room", host, claimed, locked };
    if (expires !== null) state.expires_in = Math.min(Math.max(1, Math.ceil(expires - now)), MAX_EXPIRY_S);
    return state;
  }

  /** Somebody who knows the secret wants to come in. @param {string} instance @param {number} now @returns {Answer} */
  came(instance, now) {
    if (this.#barred.has(instance)) return "refused";
    if (!(this.tick(now) || this.outside) || this.#admitted.has(instance)) {
      this.#admitted.delete(instance);
      this.#waiting.delete(instance);
      return "in";
    }
    return this.#waiting.get(instance)?.held ? "held" : "locked";
  }

  /** It asks to. Whoever is let in meanwhile is in. @param {string} instance @param {string} name @param {number} now @returns {Answer} */
  knocked(instance, name, now) {
    const answer = this.came(instance, now);
    if (answer !== "locked" || this.#waiting.has(instance)) return answer;
    if (this.#waiting.size === MAX_KNOCKS) return "refused";
    this.#waiting.set(instance, { instance, name, held: false });
    return answer;
  }

  /** We stand outside ourselves: whoever else does is not met behind the back of those inside. */
  turnedAway() {
    this.outside = !this.#inside;
  }

  /** Whoever waited outside has gone. @param {string} instance */
  left(instance) {
    this.#waiting.delete(instance);
  }

  /**
   * A proven link runs.
   * @param {string} instance @param {{able: boolean, claims: boolean, elder: boolean}} they
   *   elder: we were here before them; claims: they say that they made the room
   */
  linked(instance, { able, claims, elder }) {
    this.outside = false;
    this.#inside = true;
    this.#linked.add(instance);
    if (able) this.#present.add(instance);
    if (able && claims && !this.claimed) {
      this.host = instance;
      this.claimed = true;
    } else if (!this.host && elder && this.#able) {
      this.host = this.me;
    }
  }

  /** Somebody inside is gone for good. The least of those left follows the host. @param {string} instance */
  gone(instance) {
    this.#linked.delete(instance);
    this.#present.delete(instance);
    if (instance !== this.host) return;
    const [least = ""] = [...this.#present, ...(this.#able ? [this.me] : [])].sort();
    this.host = least;
  }

  /** Over the proven link to `sender`. @param {string} sender @param {RoomState | Verdict} message @param {number} now @returns {Move[]} */
  heard(sender, message, now) {
    if (message.type === "verdict") return sender === this.host ? this.#judge(message) : [];
    if (this.host && sender !== this.host && (this.claimed || !message.claimed)) return [];
    this.host = message.host;
    this.claimed ||= message.claimed;
    return this.#turn(message.locked, message.expires_in, now);
  }

  /** We, the host, lock the room, or open it to all who wait. Where nobody decides yet, we do from now on. @param {boolean} on @returns {Move[]} */
  lock(on) {
    this.host ||= this.me;
    return this.#turn(on);
  }

  /** We, the host, keep the room open for so long, or for as long as there is one. @param {number | null} seconds @param {number} now @returns {Move[]} */
  keepOpen(seconds, now) {
    this.host ||= this.me;
    return this.#turn(false, seconds, now);
  }

  /** We, the host, ask somebody to wait. @param {string} instance */
  hold(instance) {
    const knocking = this.#waiting.get(instance);
    if (knocking) this.#waiting.set(instance, { ...knocking, held: true });
  }

  /**
   * We, the host, have decided. Whoever is removed still has the link: so the room is locked.
   * @param {Pick<Verdict, "instance" | "verdict">} verdict @returns {Move[]}
   */
  decide(verdict) {
    if (verdict.verdict === "remove") this.#turn(true);
    return this.#judge(verdict);
  }

  /** @param {boolean} locked @param {number | null} [expiresIn] @param {number} [now] @returns {Move[]} */
  #turn(locked, expiresIn = null, now = 0) {
    this.locked = locked;
    this.expires = locked || expiresIn === null ? null : now + expiresIn;
    if (locked) return [];
    const waiting = [...this.#waiting.keys()];
    this.#waiting.clear();
    return waiting.map((instance) => ({ what: "in", instance }));
  }

  /** @param {Pick<Verdict, "instance" | "verdict">} verdict @returns {Move[]} */
  #judge({ instance, verdict }) {
    const waited = this.#waiting.delete(instance);
    switch (verdict) {
      case "admit":
        if (waited) return [{ what: "in", instance }];
        if (!this.#linked.has(instance)) this.#admitted.add(instance);
        return [];
      case "refuse":
        this.#barred.add(instance);
        return waited ? [{ what: "out", instance }] : [];
      case "remove":
        if (instance === this.me) return [{ what: "ours", instance }];
        this.#barred.add(instance);
        return [{ what: "drop", instance }];
    }
  }
}
