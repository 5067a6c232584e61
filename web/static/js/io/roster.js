// Who is here: peer ids as the server knows them, and peers as they know each other.
//
//     server:  welcome.members ──► we are the newcomer      arrived ──► we are the member
//              a peer id ──Introduction──► `here {instance}` ──► the Peer of that instance, an old one or a new one

import { Introduction } from "./introduction.js";
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
 * @property {(role: "newcomer" | "member") => void} mismatched  somebody tried another secret
 * @property {() => void} changed
 */
/** @typedef {{introduction: Introduction, keys: PairKeys | null, peer: Peer | null, absent: boolean}} Seat */

export class Roster {
  #invite;
  #house;
  #listen;
  #me = "";
  /** By the server's peer ids. @type {Map<string, Seat>} */
  #seats = new Map();
  /** By instance. @type {Map<string, Peer>} */
  #peers = new Map();
  /** A code allows one guess: after a wrong one nobody is let in by it any more. */
  #spent = false;

  /** @param {{secret: Uint8Array, room: string}} invite @param {House} house @param {Listener} listen */
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

  /** A new session: everybody has a new id, and running links stay. @param {Welcome} welcome */
  welcome({ peer, members }) {
    this.#me = peer;
    for (const seat of this.#seats.values()) seat.introduction.end();
    this.#seats.clear();
    for (const known of this.peers) known.part(true);
    for (const member of members) this.#introduce(member.peer, "newcomer", member.absent);
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
    this.#seats.delete(id);
    seat?.introduction.end();
    if (seat?.peer?.serverId === id) seat.peer.part(false);
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
    if (this.#spent) return;
    const who = { role, secret: this.#invite.secret, room: this.#invite.room, me: this.#me, other: id };
    const introduction = new Introduction(who, {
      relay: (body) => this.#listen.relay(id, body),
      paired: (keys) => this.#paired(seat, keys),
      heard: (note) => this.#heard(seat, note),
      mismatched: () => this.#mismatched(seat),
    });
    /** @type {Seat} */
    const seat = { introduction, keys: null, peer: null, absent };
    this.#seats.set(id, seat);
  }

  /** @param {Seat} seat @param {PairKeys} keys */
  #paired(seat, keys) {
    seat.keys = keys;
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

  /** @param {Seat} seat */
  #mismatched(seat) {
    this.#spent ||= this.#invite.room.startsWith("n");
    if (this.#spent) this.departed(seat.introduction.id);
    this.#listen.mismatched(seat.introduction.role);
  }
}
