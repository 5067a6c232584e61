// Who is here: peer ids as the server knows them, and peers as they know each other.
//
//     server:  welcome.members ──► we are the newcomer      arrived ──► we are the member
//              a peer id ──Introduction──► `here {instance}` ──► the Peer of that instance, an old one or a new one
//
// The few words of a code can be guessed, if there are enough tries. So by a code a newcomer speaks to one member at a
// time, for whoever answers, or is invented by the server, may test one guess on its proof; and once a proof was wrong,
// at either end, all who have not proven themselves are forgotten and nobody is met any more. Twin: peer/meetings.py.
//
// Nobody is met through a locked door: it is answered in place of `here`, and who is outside knocks (core/door.js).

import { Allowance } from "../core/allowance.js";
import { againMac } from "../core/proof.js";
import { clock } from "./clock.js";
import { Introduction, MAX_RUNS } from "./introduction.js";
import { Peer } from "./peer.js";

/**
 * @import { PairKeys } from "../core/pairing.js"
 * @import { PeerView } from "../core/snapshot.js"
 * @import { InnerNote } from "../gen/messages.js"
 * @import { House, Listener as PeerListener } from "./peer_host.js"
 * @import { Notice } from "../gen/messages.js"
 * @import { Welcome } from "./websocket.js"
 */
/**
 * @typedef {object} Listener
 * @property {(peerId: string, body: string) => void} relay
 * @property {(peer: () => Peer) => PeerListener} watch  what to do about a new peer
 * @property {() => void} mismatched  somebody tried another secret
 * @property {() => void} wary  too many runs of pairing came to nothing; no other begins for a while (core/allowance.js)
 * @property {(state: DoorNote["state"], peer?: Peer) => void} outside  a door is locked to us; by somebody whom we know
 * @property {() => void} changed
 */
/** @typedef {Extract<InnerNote, {type: "here"}>} Here */
/** @typedef {Extract<InnerNote, {type: "door"}>} DoorNote */
/** @typedef {Extract<InnerNote, {type: "knock"}>} Knock */
/**
 * @typedef {object} Seat
 * @property {Introduction} introduction
 * @property {PairKeys | null} keys
 * @property {Peer | null} peer
 * @property {boolean} absent
 * @property {string} instance  what it says it is, "" until then
 * @property {Here | null} here  what it said while it may not come in
 * @property {boolean} welcome  it may, whatever the door says later
 */

/** More than any room seats: the server may invent as many as it likes. */
const MAX_SEATED = 64;

export class Roster {
  #invite;
  #house;
  #listen;
  #me = "";
  /** By the server's peer ids. @type {Map<string, Seat>} */
  #seats = new Map();
  /** By instance. @type {Map<string, Peer>} */
  #peers = new Map();
  /** The code has had its guess. */
  #spent = false;
  /** How many went away with our proof of a code and without an answer. */
  #unanswered = 0;
  #allowance = new Allowance();

  /** @param {{secret: Uint8Array, room: string, code: string | null}} invite @param {House} house @param {Listener} listen */
  constructor(invite, house, listen) {
    this.#invite = invite;
    this.#house = house;
    this.#listen = listen;
  }

  /** @returns {Peer[]} */
  get peers() {
    return [...this.#peers.values()];
  }

  /** @param {string} id as in its view */
  find(id) {
    return this.peers.find((peer) => peer.id === id) ?? null;
  }

  /** Only who has proven the secret is shown: the server may invent anybody else. @returns {PeerView[]} */
  get views() {
    return this.peers.map((peer) => peer.view);
  }

  /** Whether anybody here has proven the secret. */
  get met() {
    return this.#peers.size > 0 || [...this.#seats.values()].some((seat) => seat.keys);
  }

  get #guessable() {
    return this.#invite.code !== null;
  }

  /** What the server says of those who are here. @param {Notice} notice */
  heard(notice) {
    switch (notice.type) {
      case "welcome":
        return this.welcome(notice);
      case "arrived":
        return this.arrived(notice.peer);
      case "absent":
        return this.setAbsent(notice.peer, true);
      case "returned":
        return this.setAbsent(notice.peer, false);
      case "departed":
        return this.departed(notice.peer);
      case "relayed":
        return this.relayed(notice.from, notice.body);
    }
  }

  /** A new session: everybody has a new id, and running links stay. @param {Welcome} welcome */
  welcome({ peer, members }) {
    this.#me = peer;
    for (const id of [...this.#seats.keys()]) this.#forget(id);
    for (const known of this.peers) known.part(true);
    for (const member of members) this.#introduce(member.peer, "newcomer", member.absent);
    this.#begin();
    this.#listen.changed();
  }

  /** @param {string} id */
  arrived(id) {
    this.#introduce(id, "member", false);
    this.#listen.changed();
  }

  /** @param {string} id @param {boolean} absent */
  setAbsent(id, absent) {
    const seat = this.#seats.get(id);
    if (seat) seat.absent = absent;
    seat?.peer?.setAbsent(absent);
  }

  /** @param {string} id */
  departed(id) {
    const seat = this.#seats.get(id);
    this.#forget(id);
    if (seat?.peer?.serverId === id) seat.peer.part(false);
    this.#begin();
    this.#listen.changed();
  }

  /** @param {string} from @param {string} body */
  relayed(from, body) {
    this.#seats.get(from)?.introduction.receive(body);
  }

  /** @param {Peer} gone */
  remove(gone) {
    for (const [instance, peer] of this.#peers) if (peer === gone) this.#peers.delete(instance);
    for (const [id, seat] of this.#seats) if (seat.peer === gone) this.#seats.delete(id);
    this.#listen.changed();
  }

  /** @param {string} id @param {"newcomer" | "member"} role @param {boolean} absent */
  #introduce(id, role, absent) {
    if (this.#spent || this.#seats.has(id) || this.#seats.size >= MAX_SEATED) return;
    const { secret, room } = this.#invite;
    const who = { role, secret, room, me: this.#me, other: id, guessable: this.#guessable };
    const introduction = new Introduction(who, {
      relay: (body) => this.#listen.relay(id, body),
      paired: (keys) => this.#paired(seat, keys),
      heard: (note) => this.#heard(seat, note),
      mayBegin: () => this.#mayBegin(),
      mismatched: () => this.#mismatched(),
    });
    /** @type {Seat} */
    const seat = { introduction, keys: null, peer: null, absent, instance: "", here: null, welcome: false };
    this.#seats.set(id, seat);
  }

  /** Speaks first where we are the newcomer and it is time. */
  #begin() {
    for (const { introduction, keys } of this.#seats.values()) {
      if (introduction.role === "member" || keys) continue;
      if (!introduction.begun) introduction.begin();
      if (this.#guessable) return;
    }
  }

  /** The session is over. @param {string} id */
  #forget(id) {
    const seat = this.#seats.get(id);
    this.#seats.delete(id);
    seat?.introduction.end();
    if (seat && !seat.peer && !this.#outside(seat.instance).length) this.#house.door.left(seat.instance);
    if (!seat?.introduction.exposed || !this.#guessable) return;
    this.#unanswered += 1; // it may have tested a guess
    if (this.#unanswered === MAX_RUNS) this.#mismatched();
  }

  /** @param {Seat} seat @param {PairKeys} keys */
  #paired(seat, keys) {
    seat.keys = keys;
    this.#begin();
    if (seat.introduction.role === "member") return; // the newcomer says `here` first, so that we know whom to answer
    if (this.#house.door.tick(clock.now)) void this.#answer(seat, "locked");
    else this.#greet(seat);
  }

  /** @param {Seat} seat */
  #greet({ introduction }) {
    const epoch = Math.max(0, ...this.peers.map((peer) => peer.epoch));
    void introduction.say({ type: "here", instance: this.#house.instance, epoch, live: this.peers.some((peer) => peer.live) });
  }

  /** @param {Seat} seat @param {InnerNote} note */
  #heard(seat, note) {
    if (seat.peer) return this.#heardOf(seat.peer, note);
    if (!seat.keys) return;
    switch (note.type) {
      case "here":
        return this.#came(seat, note);
      case "door":
        return void this.#knock(seat, seat.keys, note);
      case "knock":
        return void this.#knocked(seat, seat.keys, note);
    }
  }

  /** @param {Peer} peer @param {InnerNote} note */
  #heardOf(peer, note) {
    if (note.type === "door" && note.state === "refused") return this.#listen.outside("refused", peer);
    if (note.type !== "here" && note.type !== "door" && note.type !== "knock") peer.hear(note);
  }

  /** @param {Seat} seat @param {Here} here */
  #came(seat, here) {
    if (seat.here || (seat.instance && seat.instance !== here.instance)) return;
    seat.here = here;
    seat.instance = here.instance;
    const answer = seat.welcome ? "in" : this.#house.door.came(here.instance, clock.now);
    if (answer === "in") this.#meet(seat);
    else void this.#answer(seat, answer);
  }

  /** A door is locked to us. Who was linked with us before knows us again. @param {Seat} seat @param {PairKeys} keys @param {DoorNote} note */
  async #knock(seat, keys, { instance, state }) {
    this.#listen.outside(state);
    if (state !== "locked") return;
    seat.welcome ||= this.#house.door.outside; // whoever opens to us comes in here as well
    const before = this.#peers.get(instance)?.proof;
    const again = before ? await againMac(before, keys.proof) : null;
    void seat.introduction.say({ type: "knock", instance: this.#house.instance, name: this.#house.name(), again });
  }

  /** @param {Seat} seat @param {PairKeys} keys @param {Knock} knock */
  async #knocked(seat, keys, { instance, name, again }) {
    if (seat.instance && seat.instance !== instance) return;
    seat.instance = instance;
    const before = this.#peers.get(instance)?.proof;
    if (before) return again === (await againMac(before, keys.proof)) ? this.#welcome(seat) : seat.introduction.end(); // an impostor
    const answer = this.#house.door.knocked(instance, name, clock.now);
    if (answer === "in") this.#welcome(seat);
    else if (answer !== "locked") void this.#answer(seat, answer);
    this.#listen.changed();
  }

  /** @param {Seat} seat @param {DoorNote["state"]} state */
  async #answer({ introduction }, state) {
    await introduction.say({ type: "door", instance: this.#house.instance, state });
    if (state === "refused") introduction.end();
  }

  /** Whoever waits outside under this instance. @param {string} instance */
  #outside(instance) {
    if (this.#peers.has(instance)) return []; // whoever else says so has to prove it
    return [...this.#seats.values()].filter((seat) => seat.instance === instance && seat.keys);
  }

  /** Lets it in. @param {string} instance */
  admit(instance) {
    for (const seat of this.#outside(instance)) this.#welcome(seat);
  }

  /** @param {Seat} seat */
  #welcome(seat) {
    seat.welcome = true;
    if (seat.here) this.#meet(seat);
    else this.#greet(seat); // it was told of our door in place of that, and answers
  }

  /** Tells it to wait, or to go. @param {string} instance @param {"held" | "refused"} state */
  tell(instance, state) {
    for (const seat of this.#outside(instance)) void this.#answer(seat, state);
  }

  /** Says through the server too that it has to go: the link may end before it has read so. @param {string} instance @returns {Peer | null} */
  expel(instance) {
    const peer = this.#peers.get(instance) ?? null;
    for (const seat of this.#seats.values()) if (peer && seat.peer === peer) void this.#answer(seat, "refused");
    return peer;
  }

  /** Its `here` has come, and it may come in. @param {Seat} seat */
  #meet(seat) {
    const { keys, here } = seat;
    if (!keys || !here) return;
    const peer = this.#find(seat, here.instance);
    if (!peer) return seat.introduction.end();
    seat.peer = peer;
    peer.meet(seat.introduction, keys, here);
    if (seat.absent) peer.setAbsent(true);
    this.#listen.changed();
  }

  /**
   * The peer of this instance; null for an impostor, who claims one that is present.
   * @param {Seat} seat @param {string} instance
   */
  #find(seat, instance) {
    const known = this.#peers.get(instance);
    const held = known?.serverId && this.#seats.get(known.serverId);
    if (instance === this.#house.instance || (held && held !== seat && !held.absent)) return null;
    if (known && !known.ended) return known;
    /** @type {Peer} */
    const peer = new Peer(seat.introduction.id, instance, this.#house, this.#watch(() => peer));
    this.#peers.set(instance, peer);
    return peer;
  }

  #mayBegin() {
    const may = this.#allowance.begin(performance.now());
    if (!may) this.#listen.wary();
    return may;
  }

  /** What to do about a new peer. @param {() => Peer} peer */
  #watch(peer) {
    const listener = this.#listen.watch(peer);
    /** @param {boolean} first */
    const proven = (first) => {
      if (first) this.#allowance.proven();
      listener.proven(first);
    };
    return { ...listener, proven };
  }

  #mismatched() {
    if (this.#guessable) {
      this.#spent = true;
      for (const [id, { introduction, keys }] of this.#seats) {
        if (keys) continue;
        introduction.end();
        this.#seats.delete(id);
      }
    }
    this.#listen.mismatched();
  }
}
