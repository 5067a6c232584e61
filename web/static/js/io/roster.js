// Who is here: peer ids as the server knows them, and peers as they know each other.
//
//     server:  welcome.members ──► we are the newcomer      arrived ──► we are the member
//              a peer id ──Introduction──► `here {instance}` ──► the Peer of that instance, an old one or a new one
//
// The few words of a code can be guessed, if there are enough tries. So by a code a newcomer speaks to one member at a
// time, for whoever answers, or is invented by the server, may test one guess on its proof; and once a proof was wrong,
// at either end, all who have not proven themselves are forgotten and nobody is met any more. Twin: peer/meetings.py.

import { Introduction, MAX_RUNS } from "./introduction.js";
import { Peer } from "./peer.js";

/**
 * @import { PairKeys } from "../core/pairing.js"
 * @import { PeerView } from "../core/snapshot.js"
 * @import { InnerNote } from "../gen/messages.js"
 * @import { House, Listener as PeerListener } from "./peer.js"
 * @import { Welcome } from "./websocket.js"
 */
/**
 * @typedef {object} Listener
 * @property {(peerId: string, body: string) => void} relay
 * @property {(peer: () => Peer) => PeerListener} watch  what to do about a new peer
 * @property {() => void} mismatched  somebody tried another secret
 * @property {() => void} changed
 */
/** @typedef {{introduction: Introduction, keys: PairKeys | null, peer: Peer | null, absent: boolean}} Seat */

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
      mismatched: () => this.#mismatched(),
    });
    /** @type {Seat} */
    const seat = { introduction, keys: null, peer: null, absent };
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
    if (!seat?.introduction.exposed || !this.#guessable) return;
    this.#unanswered += 1; // it may have tested a guess
    if (this.#unanswered === MAX_RUNS) this.#mismatched();
  }

  /** @param {Seat} seat @param {PairKeys} keys */
  #paired(seat, keys) {
    seat.keys = keys;
    this.#begin();
    if (seat.introduction.role === "member") return; // the newcomer says `here` first, so that we know whom to answer
    const epoch = Math.max(0, ...this.peers.map((peer) => peer.epoch));
    void seat.introduction.say({
      type: "here", instance: this.#house.instance, epoch, live: this.peers.some((peer) => peer.live),
    });
  }

  /** @param {Seat} seat @param {InnerNote} note */
  #heard(seat, note) {
    if (note.type !== "here") return seat.peer?.hear(note);
    if (seat.peer || !seat.keys) return;
    const peer = this.#meet(seat, note.instance);
    if (!peer) return seat.introduction.end();
    seat.peer = peer;
    peer.meet(seat.introduction, seat.keys, note);
    if (seat.absent) peer.setAbsent(true);
    this.#listen.changed();
  }

  /**
   * The peer of this instance; null for an impostor, who claims one that is present.
   * @param {Seat} seat @param {string} instance
   */
  #meet(seat, instance) {
    const known = this.#peers.get(instance);
    const held = known?.serverId && this.#seats.get(known.serverId);
    if (instance === this.#house.instance || (held && held !== seat && !held.absent)) return null;
    if (known && !known.ended) return known;
    /** @type {Peer} */
    const peer = new Peer(seat.introduction.id, this.#house, this.#listen.watch(() => peer));
    this.#peers.set(instance, peer);
    return peer;
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
