// Who may come into a room, as one of those inside keeps it. Twin of peer/core/door.py, where it is explained.
//
// Pure.

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

/** The lock of one room. */
export class Door {
  me;
  #able;
  /** The instance of who decides; "" while nobody is known to. */
  host;
  /** Whether the host made the room; then no other claim counts. */
  claimed;
  locked = false;
  /** Whether we stand outside ourselves. */
  outside = false;
  #inside = false;
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

  /** What newcomers are told; null while there is nothing to tell. @returns {Extract<SayControl, {type: "room"}> | null} */
  get state() {
    const { host, claimed, locked } = this;
    return host ? { type: "room", host, claimed, locked } : null;
  }

  /** Somebody who knows the secret wants to come in. @param {string} instance @returns {Answer} */
  came(instance) {
    if (this.#barred.has(instance)) return "refused";
    if (!(this.locked || this.outside) || this.#admitted.has(instance)) {
      this.#admitted.delete(instance);
      this.#waiting.delete(instance);
      return "in";
    }
    return this.#waiting.get(instance)?.held ? "held" : "locked";
  }

  /** It asks to. Whoever is let in meanwhile is in. @param {string} instance @param {string} name @returns {Answer} */
  knocked(instance, name) {
    const answer = this.came(instance);
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
    this.#present.delete(instance);
    if (instance !== this.host) return;
    const [least = ""] = [...this.#present, ...(this.#able ? [this.me] : [])].sort();
    this.host = least;
  }

  /** Over the proven link to `sender`. @param {string} sender @param {RoomState | Verdict} message @returns {Move[]} */
  heard(sender, message) {
    if (message.type === "verdict") return sender === this.host ? this.#judge(message) : [];
    if (this.host && sender !== this.host && (this.claimed || !message.claimed)) return [];
    this.host = message.host;
    this.claimed ||= message.claimed;
    return this.#turn(message.locked);
  }

  /** We, the host, lock the room, or open it to all who wait. Where nobody decides yet, we do from now on. @param {boolean} on @returns {Move[]} */
  lock(on) {
    this.host ||= this.me;
    return this.#turn(on);
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
    if (verdict.verdict === "remove") this.locked = true;
    return this.#judge(verdict);
  }

  /** @param {boolean} locked @returns {Move[]} */
  #turn(locked) {
    this.locked = locked;
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
        this.#admitted.add(instance);
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
