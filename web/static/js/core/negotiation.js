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
 * 3. On the effect `prove`, exchange proof and hello on `control`, then step {type: "proven", epoch, restarts: whether
 *    both ends can restart ICE}; on a wrong proof step {type: "hang_up"} and say so. {type: "moved", epoch} says that
 *    this machine is on another network, or that nothing comes where much came before. A fresh `welcome` or the other's departure is {type: "parted"}.
 * 4. An effect of an epoch whose connection is gone is skipped; `connect` closes the former connection itself.
 *    Times are in seconds, as in Python.
 */

/**
 * @import { Candidate, Effect, Event, Note, Phase, Restart, Role } from "./link_moves.js"
 */

export const ATTEMPT_S = 20;
export const SHAKEN_S = 10;
export const STILL_S = 3;
export const RESTART_S = 5;
export const ANSWER_S = 30;
export const MAX_RESTARTS = 3;
export const FORLORN_S = 15;
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
  #canRestart = false;
  /** @type {Restart} */ #restart = "none";
  #restarts = 0;
  #forlorn = false;
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
        return this.#part(now);
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
        if (this.phase === "offering") return this.#describe({ type: "offer", epoch: event.epoch, sdp: event.sdp });
        if (this.#restart !== "making") return [];
        this.#restart = "offered";
        this.#due = now + ANSWER_S;
        return this.#describe({ type: "offer", epoch: event.epoch, sdp: event.sdp, restart: true });
      case "answer_made":
        if (this.phase === "answering") this.phase = "linking";
        else if (this.#restart === "answering") this.#check(now);
        else return [];
        return this.#describe({ type: "answer", epoch: event.epoch, sdp: event.sdp });
      case "moved":
        return this.#mayRestart ? this.#beginRestart("the network changed", now) : [];
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
          this.#canRestart = event.restarts ?? false;
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

  /** @param {number} now @returns {Effect[]} */
  #part(now) {
    this.#reachable = false;
    this.#flushAt = null;
    this.#found = [];
    if (this.#restart !== "none") {
      this.#restart = "none";
      this.#due = this.phase === "shaken" ? now + FORLORN_S : null;
    }
    if (this.phase !== "waiting" && this.phase !== "offering" && this.phase !== "answering") return [];
    this.phase = "apart";
    this.#due = null;
    return [{ type: "close" }];
  }

  /** @param {Note} note @param {number} now @returns {Effect[]} */
  #hear(note, now) {
    switch (note.type) {
      case "offer": {
        if (note.restart && note.epoch === this.epoch) return this.#takeRestart(note.sdp, now);
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
        if (note.epoch !== this.epoch) return [];
        if (this.#restart === "offered") this.#check(now);
        else if (this.phase === "offering" && this.#described) this.phase = "linking";
        else return [];
        const held = this.#held;
        this.#held = [];
        return [{ type: "take_answer", epoch: note.epoch, sdp: note.sdp }, ...this.#adding(held)];
      }
      case "candidates": {
        if (note.epoch !== this.epoch) return [];
        const taken = note.candidates.slice(0, MAX_CANDIDATES - this.#heardCount);
        this.#heardCount += taken.length;
        if (this.phase !== "offering" && this.#restart !== "making" && this.#restart !== "offered") return this.#adding(taken);
        this.#held.push(...taken);
        return [];
      }
      case "renegotiate":
        if (note.restart && note.epoch === this.epoch && this.#stands) {
          return this.#mayRestart ? this.#beginRestart("", now) : [];
        }
        if (this.role !== "newcomer" || note.epoch !== this.epoch) return [];
        return this.#fail(note.reason || "the other end asked for a new link", now);
      case "bye":
        return [...this.#end(false), { type: "hung_up" }];
      default:
        return [];
    }
  }

  /** Whether there is a proven link, be it shaken. */
  get #stands() {
    return this.phase === "linked" || this.phase === "shaken";
  }

  get #mayRestart() {
    return this.#stands && this.#canRestart && this.#reachable && this.#restart === "none";
  }

  /** @param {string} reason @param {number} now @returns {Effect[]} */
  #beginRestart(reason, now) {
    this.#restarts += 1;
    this.#due = now + ANSWER_S;
    if (this.role === "member") {
      this.#restart = "asked";
      return [{ type: "say", note: { type: "renegotiate", epoch: this.epoch, reason, restart: true } }];
    }
    this.#restart = "making";
    this.#forgetCandidates();
    return [{ type: "make_restart", epoch: this.epoch }];
  }

  /** @param {string} sdp @param {number} now @returns {Effect[]} */
  #takeRestart(sdp, now) {
    if (!this.#stands || !this.#canRestart || this.role !== "member") return [];
    this.#restart = "answering";
    this.#due = now + RESTART_S;
    this.#forgetCandidates();
    return [{ type: "take_restart", epoch: this.epoch, sdp }];
  }

  /** Both descriptions of a restart are set. @param {number} now */
  #check(now) {
    this.#restart = "checking";
    this.#due = now + RESTART_S;
  }

  /** The next rung for a link that is silent. @param {string} reason @param {number} now @returns {Effect[]} */
  #mend(reason, now) {
    if (this.#mayRestart && this.#restarts < MAX_RESTARTS) return this.#beginRestart(reason, now);
    if (this.#reachable || this.#forlorn || !this.#canRestart) return this.#fail(reason, now);
    this.#forlorn = true;
    this.#due = now + FORLORN_S;
    return [];
  }

  /** Packets come again. What was offered or is being answered goes its way. @returns {Effect[]} */
  #recover() {
    this.phase = "linked";
    this.#restarts = 0;
    this.#forlorn = false;
    if (this.#restart === "none" || this.#restart === "asked" || this.#restart === "checking") {
      this.#restart = "none";
      this.#due = null;
    }
    return [];
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
    if (state === "connected" && phase === "linking") {
      this.phase = "proving";
      return [{ type: "prove", epoch: this.epoch }];
    }
    if (state === "connected" && this.#stands) return this.#recover();
    if (state === "disconnected" && phase === "linked") {
      this.phase = "shaken";
      if (this.#restart === "none") this.#due = now + (this.#mayRestart ? STILL_S : SHAKEN_S);
    }
    if (state === "failed" && this.#stands) {
      this.phase = "shaken";
      return this.#restart === "none" && !this.#forlorn ? this.#mend("the connection failed", now) : [];
    }
    return state === "failed" || state === "closed" ? this.#fail(`the connection ${state}`, now) : [];
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
    if (this.#due !== null && now >= this.#due) effects.push(...this.#runOut(now));
    return effects;
  }

  /** The time that something had is over. @param {number} now @returns {Effect[]} */
  #runOut(now) {
    const silent = "nothing came back in time";
    const unanswered = this.#restart === "asked" || this.#restart === "offered"; // said again it would not be heard sooner
    this.#restart = "none";
    if (this.phase === "linked") return this.#recover(); // it was never broken, or is whole again
    return this.phase === "shaken" && !unanswered ? this.#mend(silent, now) : this.#fail(silent, now);
  }

  /** @param {string} reason @param {number} now @returns {Effect[]} */
  #fail(reason, now) {
    const lost = this.#lost();
    this.#restart = "none";
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
    this.#canRestart = this.#forlorn = false;
    this.#restart = "none";
    this.#restarts = 0;
    this.#forgetCandidates();
  }

  #forgetCandidates() {
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
    this.#restart = "none";
    this.phase = "ended";
    this.#due = null;
    this.#flushAt = null;
    if (farewell) effects.push({ type: "say", note: { type: "bye" } });
    return [...effects, { type: "close" }];
  }

  /** @returns {Effect[]} */
  #lost() {
    return this.#stands ? [{ type: "lost", epoch: this.epoch }] : [];
  }
}
