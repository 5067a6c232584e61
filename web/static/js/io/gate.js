// The door of the room in use: what the host decides is said to everyone and carried out, and what the host says is
// believed (core/door.js).
//
//     host ── decide(admit) ──► verdict to all ──► each: Door ──► moves ──► Roster lets in, sends away, hangs up
//     host ── keepOpen(600) ──► room to all ──► each: Door counts down by a clock of its own ──► look() finds it locked

import { Door } from "../core/door.js";
import { clock } from "./clock.js";

/**
 * @import { Move, RoomState, Verdict } from "../core/door.js"
 * @import { DoorView } from "../core/snapshot.js"
 * @import { SayControl } from "../gen/messages.js"
 * @import { Peer } from "./peer.js"
 * @import { DoorNote, Roster } from "./roster.js"
 */
/**
 * @typedef {object} Listener
 * @property {() => void} changed
 * @property {(why: "turned-away" | "removed") => void} shut  we are not to be here
 * @property {(peer: Peer) => void} dropped  somebody was removed
 * @property {(locked: boolean) => void} turned  the host has locked the room, or opened it; or its time is over
 */

/** No timer rings while a computer sleeps, nor at once when it wakes. */
const LOOK_MS = 10_000;

export class Gate {
  door;
  #listen;
  /** @type {Roster | null} */
  #roster = null;
  /** What we were told at the door of somebody who is inside; "" when nothing. @type {DoorView["outside"]} */
  #outside = "";
  /** As the person here knows it. */
  #locked = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #over = false;

  /** @param {string} me our instance @param {boolean} made we made the room @param {Listener} listen */
  constructor(me, made, listen) {
    this.door = new Door(me, made);
    this.#listen = listen;
  }

  /** @param {Roster} roster */
  use(roster) {
    this.#roster = roster;
  }

  /** @returns {DoorView} */
  get view() {
    const { locked, expires, mine, knocks } = this.door;
    const outside = this.#inside ? "" : this.#outside;
    const until = expires === null ? null : Date.now() + (expires - clock.now) * 1000;
    return Object.freeze({ locked, until, mine, outside, knocks: Object.freeze(mine ? knocks : []) });
  }

  /** Everybody inside hears it. @param {boolean} on */
  lock(on) {
    if (this.door.mine) this.#done(this.door.lock(on));
  }

  /** How long the link lets in whoever has it; null for as long as there is a room. @param {number | null} seconds */
  keepOpen(seconds) {
    if (this.door.mine) this.#done(this.door.keepOpen(seconds, clock.now));
  }

  /** Locks the room, or opens it, where nothing need be in sight that shows which: so it is said here too. */
  turn() {
    if (!this.door.mine) return;
    this.lock(!this.door.locked);
    this.#listen.turned(this.door.locked);
  }

  /** Lets in who has waited longest. */
  admitFirst() {
    const [first] = this.view.knocks;
    if (first) this.decide(first.instance, "admit");
  }

  /** Finds the room locked when its time is over. */
  look() {
    if (this.#over) return;
    const locked = this.door.tick(clock.now);
    if (locked !== this.#locked) {
      this.#locked = locked;
      this.#listen.turned(locked);
      if (this.door.mine) this.#tell();
    }
    clearTimeout(this.#timer);
    const { deadline } = this.door;
    if (deadline !== null) this.#timer = setTimeout(() => this.look(), Math.min(LOOK_MS, (deadline - clock.now) * 1000));
    this.#listen.changed();
  }

  /** The room is over. */
  end() {
    this.#over = true;
    clearTimeout(this.#timer);
  }

  /** @param {string} instance @param {Verdict["verdict"]} verdict */
  decide(instance, verdict) {
    if (!this.door.mine) return;
    this.#say({ type: "verdict", instance, verdict });
    const moves = this.door.decide({ instance, verdict });
    if (verdict === "remove") this.#done(moves);
    else this.#carryOut(moves);
  }

  /** @param {string} instance */
  hold(instance) {
    this.door.hold(instance);
    this.#roster?.tell(instance, "held");
    this.#listen.changed();
  }

  /** A proven link runs. @param {Peer} peer */
  linked(peer) {
    const { instance, younger, view: { kind } } = peer;
    this.#outside = "";
    this.door.linked(instance, { able: kind === "browser" && peer.can("door"), claims: peer.can("host"), elder: younger });
    const state = this.door.state(clock.now);
    if (state && peer.can("door")) peer.say(state);
    if (this.door.mine && (state?.locked || state?.expires_in)) this.#vouch(peer);
    this.look();
  }

  /**
   * Two who were let in one after the other kept their doors shut to each other while they stood outside; and somebody's clock
   * may have locked a door that is open here.
   * @param {Peer} peer
   */
  #vouch(peer) {
    for (const instance of this.door.present) if (instance !== peer.instance) peer.say({ type: "verdict", instance, verdict: "admit" });
    if (this.door.locked) return;
    for (const each of this.#others) if (each !== peer) each.say({ type: "verdict", instance: peer.instance, verdict: "admit" });
  }

  /** @param {Peer} peer @param {RoomState | Verdict} message */
  heard(peer, message) {
    this.#carryOut(this.door.heard(peer.instance, message, clock.now));
    this.look();
  }

  /** @param {Peer} peer */
  gone(peer) {
    this.door.gone(peer.instance);
    this.look();
  }

  /** Somebody's door is locked to us. @param {DoorNote["state"]} state @param {Peer} [peer] whom we were linked with */
  turnedAway(state, peer) {
    if (peer) return peer.instance === this.door.host ? this.#listen.shut("removed") : undefined;
    if (state === "refused") return this.#inside ? undefined : this.#listen.shut("turned-away");
    this.#outside = state;
    this.door.turnedAway();
    this.#listen.changed();
  }

  /** @param {string} instance */
  #drop(instance) {
    const peer = this.#roster?.expel(instance);
    if (peer) this.#listen.dropped(peer);
  }

  /** Whether we are linked with anybody. */
  get #inside() {
    return this.#roster?.peers.some((peer) => peer.known) ?? false;
  }

  get #others() {
    return this.#roster?.peers.filter((peer) => peer.live && peer.can("door")) ?? [];
  }

  #tell() {
    const state = this.door.state(clock.now);
    if (state) this.#say(state);
  }

  /** What was done here is told to the others alone. @param {readonly Move[]} moves */
  #done(moves) {
    this.#locked = this.door.locked;
    this.#tell();
    this.#carryOut(moves);
    this.look();
  }

  /** @param {SayControl} message */
  #say(message) {
    for (const peer of this.#others) peer.say(message);
  }

  /** @param {readonly Move[]} moves */
  #carryOut(moves) {
    for (const { what, instance } of moves) {
      if (what === "in") this.#roster?.admit(instance);
      else if (what === "out") this.#roster?.tell(instance, "refused");
      else if (what === "drop") this.#drop(instance);
      else this.#listen.shut("removed");
    }
    this.#listen.changed();
  }
}
