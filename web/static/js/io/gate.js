// The door of the room in use: what the host decides is said to everyone and carried out, and what the host says is
// believed (core/door.js).
//
//     host ── decide(admit) ──► verdict to all ──► each: Door ──► moves ──► Roster lets in, sends away, hangs up

import { Door } from "../core/door.js";

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
 * @property {(locked: boolean) => void} turned  the host has locked the room, or opened it
 */

export class Gate {
  door;
  #listen;
  /** @type {Roster | null} */
  #roster = null;
  /** What we were told at the door of somebody who is inside; "" when nothing. @type {DoorView["outside"]} */
  #outside = "";

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
    const { locked, mine, knocks } = this.door;
    const outside = this.#inside ? "" : this.#outside;
    return Object.freeze({ locked, mine, outside, knocks: Object.freeze(mine ? knocks : []) });
  }

  /** Everybody inside hears it. @param {boolean} on */
  lock(on) {
    if (!this.door.mine) return;
    const moves = this.door.lock(on);
    this.#tell();
    this.#carryOut(moves);
  }

  /** @param {string} instance @param {Verdict["verdict"]} verdict */
  decide(instance, verdict) {
    if (!this.door.mine) return;
    this.#say({ type: "verdict", instance, verdict });
    const moves = this.door.decide({ instance, verdict });
    if (verdict === "remove") this.#tell();
    this.#carryOut(moves);
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
    const { state } = this.door;
    if (state && peer.can("door")) peer.say(state);
    if (this.door.mine && this.door.locked) this.#vouch(peer);
    this.#listen.changed();
  }

  /** Two who were let in one after the other kept their doors shut to each other while they stood outside. @param {Peer} peer */
  #vouch(peer) {
    for (const instance of this.door.present) if (instance !== peer.instance) peer.say({ type: "verdict", instance, verdict: "admit" });
  }

  /** @param {Peer} peer @param {RoomState | Verdict} message */
  heard(peer, message) {
    const { locked } = this.door;
    this.#carryOut(this.door.heard(peer.instance, message));
    if (this.door.locked !== locked) this.#listen.turned(this.door.locked);
  }

  /** @param {Peer} peer */
  gone(peer) {
    this.door.gone(peer.instance);
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
    const { state } = this.door;
    if (state) this.#say(state);
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
