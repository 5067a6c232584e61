/**
 * Who offers and when: the link of one pair. Twin of peer/core/negotiation.py, driven by the same vectors
 * (tests/vectors/negotiation.json); the diagram and the reasons stand there.
 *
 * How a shell uses it. One Negotiation for each remote `instance`, kept across epochs and across a lost server:
 *
 *     const talk = new Negotiation(ourInstance);
 *     for (const effect of talk.step(event, performance.now() / 1000)) await run(effect);   // strictly in order
 *     // then arm one timer for talk.deadline (seconds, or null) and step {type: "woken"} when it rings
 *
 * 1. Paired as newcomer: seal and send `here {instance, epoch: highest of all our links in the room or 0, live: whether
 *    any of them runs}` yourself. When the member's `here` comes, step {type: "met", role: "newcomer", epoch, live}
 *    with what it says. Paired as member: send nothing, wait for the newcomer's `here`, find (or make) the Negotiation
 *    of its instance, step {type: "met", role: "member", …}; our own `here` is then the first effect.
 * 2. Every other note out of its seal: {type: "heard", note}. Local results and RTCPeerConnection events bear the
 *    epoch of the connection that they came from: offer_made, answer_made {sdp}, found {candidate: {candidate, mid,
 *    index} | null}, changed {state}, failed {reason}.
 * 3. On the effect `prove`, exchange proof and hello on `control`, then step {type: "proven", epoch}; on a wrong proof
 *    step {type: "hang_up"} and say so. A fresh `welcome` or the other's departure is {type: "parted"}.
 * 4. An effect of an epoch whose connection is gone is skipped; `connect` closes the former connection itself.
 *    Times are in seconds, as in Python.
 */

/** @typedef {{candidate: string, mid?: string | null, index?: number | null}} Candidate */
/** @typedef {"newcomer" | "member"} Role */
/** @typedef {"apart"|"waiting"|"offering"|"answering"|"linking"|"proving"|"linked"|"shaken"|"ended"} Phase */
/**
 * @typedef {{type: "here", instance: string, epoch: number, live: boolean}
 *   | {type: "offer", epoch: number, sdp: string, restart?: boolean}
 *   | {type: "answer", epoch: number, sdp: string}
 *   | {type: "candidates", epoch: number, candidates: (Candidate | null)[]}
 *   | {type: "renegotiate", epoch: number, reason?: string}
 *   | {type: "bye"}} Note
 */
/**
 * @typedef {{type: "met", role: Role, epoch: number, live: boolean}
 *   | {type: "parted"} | {type: "woken"} | {type: "hang_up"}
 *   | {type: "heard", note: Note}
 *   | {type: "offer_made", epoch: number, sdp: string}
 *   | {type: "answer_made", epoch: number, sdp: string}
 *   | {type: "found", epoch: number, candidate: Candidate | null}
 *   | {type: "changed", epoch: number, state: RTCPeerConnectionState}
 *   | {type: "failed", epoch: number, reason: string}
 *   | {type: "proven", epoch: number}} Event
 */
/**
 * @typedef {{type: "say", note: Note}
 *   | {type: "connect", epoch: number}
 *   | {type: "make_offer", epoch: number}
 *   | {type: "take_offer", epoch: number, sdp: string}
 *   | {type: "take_answer", epoch: number, sdp: string}
 *   | {type: "add_candidate", epoch: number, candidate: Candidate | null}
 *   | {type: "prove", epoch: number}
 *   | {type: "lost", epoch: number}
 *   | {type: "close"}
 *   | {type: "gave_up", reason: string}
 *   | {type: "hung_up"}} Effect
 */

export const ATTEMPT_S = 20;
export const SHAKEN_S = 10;
export const MAX_ATTEMPTS = 3;
export const BUNDLE = 16;
const CANDIDATE_BUNDLE_S = 0.05;
const MAX_CANDIDATES = 64;

export class Negotiation {
  /** @type {Phase} */ phase = "apart";
  epoch = 0;
  /** @type {Role} */ role = "member";
  #reachable = false;
  #attempts = 0;
  /** @type {number | null} */ #due = null;
  #described = false;
  /** @type {(Candidate | null)[]} */ #found = [];
  #foundCount = 0;
  /** @type {number | null} */ #flushAt = null;
  /** @type {(Candidate | null)[]} */ #held = [];
  #heardCount = 0;
  #instance;

  /** @param {string} instance this page's, as said in `here` */
  constructor(instance) {
    this.#instance = instance;
  }

  /** Whether a proven link runs. */
  get live() {
    return this.phase === "linked";
  }

  /** When `woken` is due, in seconds; null for never. */
  get deadline() {
    const flush = this.#described ? this.#flushAt : null;
    if (this.#due === null || flush === null) return this.#due ?? flush;
    return Math.min(this.#due, flush);
  }

  /**
   * What to do about an event, in order. Events of an epoch that is over, or after the end, do nothing.
   * @param {Event} event
   * @param {number} now seconds
   * @returns {Effect[]}
   */
  step(event, now) {
    if (this.phase === "ended") return [];
    switch (event.type) {
      case "met":
        return this.#meet(event.role, event.epoch, event.live, now);
      case "parted":
        return this.#part();
      case "heard":
        return this.#reachable ? this.#hear(event.note, now) : [];
      case "woken":
        return this.#wake(now);
      case "hang_up":
        return this.#end(this.#reachable);
    }
    if (event.epoch !== this.epoch) return [];
    switch (event.type) {
      case "offer_made":
        if (this.phase !== "offering") return [];
        return this.#describe({ type: "offer", epoch: event.epoch, sdp: event.sdp });
      case "answer_made":
        if (this.phase !== "answering") return [];
        this.phase = "linking";
        return this.#describe({ type: "answer", epoch: event.epoch, sdp: event.sdp });
      case "found":
        this.#find(event.candidate, now);
        return [];
      case "changed":
        return this.#change(event.state, now);
      case "proven":
        if (this.phase === "proving") {
          this.phase = "linked";
          this.#due = null;
          this.#attempts = 0;
        }
        return [];
      case "failed":
        return this.phase === "apart" || this.phase === "waiting" ? [] : this.#fail(event.reason, now);
    }
  }

  /** @param {Role} role @param {number} epoch @param {boolean} live @param {number} now @returns {Effect[]} */
  #meet(role, epoch, live, now) {
    this.role = role;
    this.#reachable = true;
    this.#attempts = 0;
    /** @type {Effect[]} */
    const greeting = [];
    if (role === "member") {
      const note = { type: /** @type {const} */ ("here"), instance: this.#instance, epoch: this.epoch, live: this.live };
      greeting.push({ type: "say", note });
    }
    if (this.live && live) return greeting;
    const lost = this.#lost();
    if (role === "newcomer") return [...lost, ...this.#offer(Math.max(this.epoch, epoch) + 1, now)];
    this.phase = "waiting";
    this.#due = now + ATTEMPT_S;
    return this.epoch ? [...greeting, ...lost, { type: "close" }] : greeting;
  }

  /** @returns {Effect[]} */
  #part() {
    this.#reachable = false;
    this.#flushAt = null;
    this.#found = [];
    if (this.phase !== "waiting" && this.phase !== "offering" && this.phase !== "answering") return [];
    this.phase = "apart";
    this.#due = null;
    return [{ type: "close" }];
  }

  /** @param {Note} note @param {number} now @returns {Effect[]} */
  #hear(note, now) {
    switch (note.type) {
      case "offer": {
        if (this.role !== "member" || note.epoch <= this.epoch) return [];
        const lost = this.#lost();
        this.#begin(note.epoch, "answering", now);
        return [
          ...lost,
          { type: "connect", epoch: note.epoch },
          { type: "take_offer", epoch: note.epoch, sdp: note.sdp },
        ];
      }
      case "answer": {
        if (this.phase !== "offering" || !this.#described || note.epoch !== this.epoch) return [];
        this.phase = "linking";
        const held = this.#held;
        this.#held = [];
        return [{ type: "take_answer", epoch: note.epoch, sdp: note.sdp }, ...this.#adding(held)];
      }
      case "candidates": {
        if (note.epoch !== this.epoch) return [];
        const taken = note.candidates.slice(0, MAX_CANDIDATES - this.#heardCount);
        this.#heardCount += taken.length;
        if (this.phase !== "offering") return this.#adding(taken);
        this.#held.push(...taken);
        return [];
      }
      case "renegotiate":
        if (this.role !== "newcomer" || note.epoch !== this.epoch) return [];
        return this.#fail(note.reason || "the other end asked for a new link", now);
      case "bye":
        return [...this.#end(false), { type: "hung_up" }];
      default:
        return [];
    }
  }

  /** @param {(Candidate | null)[]} candidates @returns {Effect[]} */
  #adding(candidates) {
    return candidates.map((candidate) => ({ type: "add_candidate", epoch: this.epoch, candidate }));
  }

  /** @param {Note} note @returns {Effect[]} */
  #describe(note) {
    this.#described = true;
    return [{ type: "say", note }];
  }

  /** @param {Candidate | null} candidate @param {number} now */
  #find(candidate, now) {
    if (!this.#reachable || this.#foundCount >= MAX_CANDIDATES) return;
    this.#foundCount += 1;
    this.#found.push(candidate);
    this.#flushAt ??= now + CANDIDATE_BUNDLE_S;
  }

  /** @param {RTCPeerConnectionState} state @param {number} now @returns {Effect[]} */
  #change(state, now) {
    const phase = this.phase;
    if (phase === "apart" || phase === "waiting") return [];
    if (state === "failed" || state === "closed") return this.#fail(`the connection ${state}`, now);
    if (state === "connected" && phase === "linking") {
      this.phase = "proving";
      return [{ type: "prove", epoch: this.epoch }];
    }
    if (state === "connected" && phase === "shaken") {
      this.phase = "linked";
      this.#due = null;
    } else if (state === "disconnected" && phase === "linked") {
      this.phase = "shaken";
      this.#due = now + SHAKEN_S;
    }
    return [];
  }

  /** @param {number} now @returns {Effect[]} */
  #wake(now) {
    /** @type {Effect[]} */
    const effects = [];
    if (this.#described && this.#flushAt !== null && now >= this.#flushAt) {
      const found = this.#found;
      this.#found = [];
      this.#flushAt = null;
      for (let start = 0; start < found.length; start += BUNDLE) {
        const candidates = found.slice(start, start + BUNDLE);
        effects.push({ type: "say", note: { type: "candidates", epoch: this.epoch, candidates } });
      }
    }
    if (this.#due !== null && now >= this.#due) effects.push(...this.#fail("nothing came back in time", now));
    return effects;
  }

  /** @param {string} reason @param {number} now @returns {Effect[]} */
  #fail(reason, now) {
    const lost = this.#lost();
    if (!this.#reachable) {
      this.phase = "apart";
      this.#due = null;
      return [...lost, { type: "close" }];
    }
    this.#attempts += 1;
    if (this.#attempts >= MAX_ATTEMPTS) return [...this.#end(true), { type: "gave_up", reason }];
    if (this.role === "newcomer") return [...lost, ...this.#offer(this.epoch + 1, now)];
    this.phase = "waiting";
    this.#due = now + ATTEMPT_S;
    const note = { type: /** @type {const} */ ("renegotiate"), epoch: this.epoch, reason: reason.slice(0, 120) };
    return [...lost, { type: "close" }, { type: "say", note }];
  }

  /** @param {number} epoch @param {number} now @returns {Effect[]} */
  #offer(epoch, now) {
    this.#begin(epoch, "offering", now);
    return [
      { type: "connect", epoch },
      { type: "make_offer", epoch },
    ];
  }

  /** @param {number} epoch @param {Phase} phase @param {number} now */
  #begin(epoch, phase, now) {
    this.epoch = epoch;
    this.phase = phase;
    this.#due = now + ATTEMPT_S;
    this.#described = false;
    this.#flushAt = null;
    this.#found = [];
    this.#held = [];
    this.#foundCount = 0;
    this.#heardCount = 0;
  }

  /** @param {boolean} farewell @returns {Effect[]} */
  #end(farewell) {
    const effects = this.#lost();
    this.phase = "ended";
    this.#due = null;
    this.#flushAt = null;
    if (farewell) effects.push({ type: "say", note: { type: "bye" } });
    return [...effects, { type: "close" }];
  }

  /** @returns {Effect[]} */
  #lost() {
    return this.phase === "linked" || this.phase === "shaken" ? [{ type: "lost", epoch: this.epoch }] : [];
  }
}
