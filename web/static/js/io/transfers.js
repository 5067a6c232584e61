// All transfers of the room. What is offered to everyone stands: each peer that comes gets an offer of its own, with
// its own lane, its own pace and its own answer.

import { toBase64url } from "../core/bytes.js";
import { randomBytes } from "../core/invite.js";
import { UnsafeName } from "../core/names.js";
import { Incoming } from "./incoming.js";
import { Outgoing } from "./outgoing.js";
import { saveAll, saveOne } from "./saving.js";
import { sourceOf } from "./source.js";

/**
 * @import { TransferView } from "../core/snapshot.js"
 * @import { Control } from "../gen/messages.js"
 * @import { Lane } from "./lane.js"
 * @import { Notices } from "./notices.js"
 * @import { Peer } from "./peer.js"
 * @import { Offered, Source } from "./source.js"
 */

/** Offers that one peer may have open here at once. */
const MAX_OPEN = 32;

export class Transfers {
  #peers;
  #notices;
  #changed;
  /** By id, oldest first. @type {Map<string, Outgoing | Incoming>} */
  #all = new Map();
  /** Offered to everyone, now and as they come. @type {Map<string, {source: Source, seen: boolean}>} */
  #standing = new Map();
  /** Lanes that came before their offer. @type {Map<Peer, Lane[]>} */
  #early = new Map();

  /** @param {() => readonly Peer[]} peers @param {Notices} notices @param {() => void} changed */
  constructor(peers, notices, changed) {
    this.#peers = peers;
    this.#notices = notices;
    this.#changed = changed;
  }

  /** Newest first; what nobody was there to see yet waits among them. @returns {readonly TransferView[]} */
  get views() {
    const views = [...this.#all.values()].map((transfer) => transfer.view).filter((view) => view !== null);
    const waiting = [...this.#standing].filter(([, { seen }]) => !seen).map(([id, { source }]) => viewOfWaiting(id, source));
    return Object.freeze([...views, ...waiting].reverse());
  }

  /** Whether files are coming in, or are here and can be saved. */
  get holdsFiles() {
    return [...this.#all.values()].some((transfer) => transfer.direction === "in" && transfer.worthwhile);
  }

  /** @param {readonly Offered[]} offered @param {string} [peerId] */
  offer(offered, peerId) {
    if (!offered.length) return;
    const source = sourceOf(offered);
    const known = this.#peers().filter((peer) => peer.known && (peerId ?? peer.id) === peer.id);
    if (peerId === undefined) this.#standing.set(newId(), { source, seen: known.length > 0 });
    for (const peer of known) this.#send(peer, source);
    this.#changed();
  }

  /** @param {string} id */
  async accept(id) {
    const transfer = this.#all.get(id);
    if (transfer?.direction === "in") await transfer.accept();
  }

  /** @param {string} id */
  decline(id) {
    const transfer = this.#all.get(id);
    if (transfer?.direction === "in") transfer.decline();
  }

  /** Nobody who comes later is offered it either. @param {string} id */
  cancel(id) {
    const transfer = this.#all.get(id);
    for (const [waiting, { source }] of this.#standing) {
      if (waiting === id || (transfer?.direction === "out" && transfer.source === source)) this.#standing.delete(waiting);
    }
    transfer?.cancel();
    this.#changed();
  }

  /** @param {string} id */
  save(id) {
    return this.#save(id, async (files) => saveAll(files));
  }

  /** @param {string} id @param {string} path */
  saveFile(id, path) {
    return this.#save(id, async (files) => files.filter((file) => file.path === path).forEach(saveOne));
  }

  /** A proven link runs, the first one or another. @param {Peer} peer @param {boolean} first */
  linked(peer, first) {
    for (const transfer of this.#of(peer)) if (transfer.direction === "out") transfer.linked();
    if (!first) return;
    for (const offer of this.#standing.values()) {
      offer.seen = true;
      this.#send(peer, offer.source);
    }
  }

  /** @param {Peer} peer */
  unlinked(peer) {
    this.#early.delete(peer);
    for (const transfer of this.#of(peer)) transfer.unlinked();
  }

  /** The peer is gone for good. @param {Peer} peer */
  parted(peer) {
    this.#early.delete(peer);
    for (const transfer of this.#of(peer)) transfer.end("peer-gone");
  }

  /** @param {Peer} peer @param {Control} message */
  heard(peer, message) {
    if (!("transfer" in message)) return;
    if (message.type === "offer_files") return this.#offered(peer, message);
    const transfer = this.#all.get(message.transfer);
    if (transfer?.peer !== peer) return;
    if (transfer.direction === "out") transfer.hear(message);
    else transfer.control(message);
  }

  /** @param {Peer} peer @param {Lane} lane */
  lane(peer, lane) {
    const transfer = this.#all.get(lane.transfer);
    if (transfer?.direction === "in" && transfer.peer === peer) return transfer.take(lane);
    const early = this.#early.get(peer) ?? [];
    if (transfer || early.length >= MAX_OPEN) return lane.close();
    this.#early.set(peer, [...early, lane]);
  }

  /** @param {Peer} peer @param {Extract<Control, {type: "offer_files"}>} offer */
  #offered(peer, offer) {
    const known = this.#all.get(offer.transfer);
    if (known) return known.direction === "in" && known.peer === peer ? known.again() : undefined;
    this.#tidy(peer);
    const open = this.#of(peer).filter((transfer) => transfer.direction === "in" && !transfer.over);
    if (open.length >= MAX_OPEN) return peer.say({ type: "decline_files", transfer: offer.transfer, reason: "error" });
    const incoming = new Incoming(peer, offer, this.#changed, (why) => this.#refused(peer, offer.title, why));
    this.#all.set(incoming.id, incoming);
    const early = this.#early.get(peer) ?? [];
    this.#early.set(peer, early.filter((lane) => lane.transfer !== incoming.id));
    for (const lane of early) if (lane.transfer === incoming.id) incoming.take(lane);
  }

  /** @param {Peer} peer @param {string} title @param {Error} why */
  #refused({ name }, title, why) {
    if (!(why instanceof UnsafeName)) return this.#notices.say("warning", "offer-refused", { name, title });
    this.#notices.say("warning", "unsafe-name", { name, title, path: why.path, rule: why.rule });
  }

  /** Of a peer that offers and offers, the oldest that came to nothing are forgotten. @param {Peer} peer */
  #tidy(peer) {
    const futile = this.#of(peer).filter((transfer) => transfer.direction === "in" && transfer.over && !transfer.worthwhile);
    for (const { id } of futile.slice(0, Math.max(0, futile.length - MAX_OPEN + 1))) this.#all.delete(id);
  }

  /** @param {Peer} peer @param {Source} source */
  #send(peer, source) {
    const outgoing = new Outgoing(newId(), peer, source, this.#changed);
    this.#all.set(outgoing.id, outgoing);
    this.#changed();
  }

  /** @param {Peer} peer */
  #of(peer) {
    return [...this.#all.values()].filter((transfer) => transfer.peer === peer);
  }

  /** @param {string} id @param {(files: Incoming["saved"]) => Promise<void>} save */
  async #save(id, save) {
    const transfer = this.#all.get(id);
    if (transfer?.direction !== "in") return;
    try {
      await save(transfer.saved);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.#notices.say("error", "save-failed", { title: transfer.view?.title ?? "" });
    }
  }
}

const newId = () => toBase64url(randomBytes(8));

/** @param {string} id @param {Source} source @returns {TransferView} */
const viewOfWaiting = (id, source) => Object.freeze({
  id, peer: "", peerName: "", direction: "out", title: source.title, files: source.entries.length,
  list: [], bytes: 0, total: source.bytes, rate: 0, eta: null, state: "waiting", reason: "",
});
