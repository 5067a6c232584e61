// All transfers of the room. What is offered to everyone stands: each peer that comes gets an offer of its own, with
// its own lane, its own pace and its own answer.

import { toBase64url } from "../core/bytes.js";
import { randomBytes } from "../core/invite.js";
import { UnsafeName } from "../core/names.js";
import { MAX_ENTRIES } from "../gen/messages.js";
import { Consents } from "./consents.js";
import { Incoming } from "./incoming.js";
import { Kept } from "./kept.js";
import { Outgoing } from "./outgoing.js";
import { Pacer } from "./pacer.js";
import { InUse } from "./shelf.js";
import { fits, sourceOf } from "./source.js";
import { Texts, isText } from "./texts.js";

/**
 * @import { KeptView, TransferView } from "../core/snapshot.js"
 * @import { Control } from "../gen/messages.js"
 * @import { Holding } from "./holding.js"
 * @import { Lane } from "./lane.js"
 * @import { Notices } from "./notices.js"
 * @import { Peer } from "./peer.js"
 * @import { Redraw } from "./redraw.js"
 * @import { Offered, Source } from "./source.js"
 */

/** @typedef {{ceiling: Pacer, asked: number}} Traffic  what a peer allows for files to it, and we for files from it */

/** Offers that one peer may have open here at once. */
const MAX_OPEN = 32;
const LOOK_MS = 500;

export class Transfers {
  #peers;
  #notices;
  #changed;
  /** By id, oldest first. @type {Map<string, Outgoing | Incoming>} */
  #all = new Map();
  /** Offered to everyone, now and as they come, by the source's id. @type {Map<string, {source: Source, seen: boolean}>} */
  #standing = new Map();
  /** @type {WeakMap<Peer, Traffic>} */
  #traffic = new WeakMap();
  /** Lanes that came before their offer. @type {Map<Peer, Lane[]>} */
  #early = new Map();
  #consents = new Consents();
  #kept;

  #served;
  #texts;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #watching;

  /**
   * @param {() => readonly Peer[]} peers @param {Notices} notices @param {Redraw} changed
   * @param {() => boolean} served whether the server answers
   */
  constructor(peers, notices, changed, served) {
    this.#peers = peers;
    this.#notices = notices;
    this.#changed = changed;
    this.#served = served;
    this.#texts = new Texts(changed);
    this.#kept = new Kept(changed);
  }

  /** Into a room. @param {string} room its public name */
  enter(room) {
    this.#consents.enter(room);
    void this.#kept.look();
  }

  /** Newest first; what nobody was there to see yet waits among them. @returns {readonly TransferView[]} */
  get views() {
    const views = [...this.#all.values()].map((transfer) => this.#view(transfer)).filter((view) => view !== null);
    const waiting = [...this.#standing.values()].filter(({ seen }) => !seen).map(({ source }) => viewOfWaiting(source));
    return Object.freeze([...views, ...waiting].reverse());
  }

  /** @param {Outgoing | Incoming} transfer @returns {TransferView | null} */
  #view(transfer) {
    const { view, peer } = transfer;
    if (!view) return null;
    const still = view.still === "link_lost" && peer.absent ? "peer_away" : view.still;
    if (transfer.direction === "out") return still === view.still ? view : Object.freeze({ ...view, still });
    const { holding } = transfer;
    const resumed = holding && !transfer.placed ? this.#kept.bytes(holding.fingerprint) : view.resumed;
    const text = view.text !== null && view.state === "done" ? this.#texts.of(view.id, holding) : view.text;
    return Object.freeze({ ...view, still, resumed, text });
  }

  /** What is here from earlier pages, and not in any transfer. @returns {readonly KeptView[]} */
  get kept() {
    const shown = this.#incoming.flatMap(({ holding, over }) => (holding?.kept || (holding && !over) ? [holding.fingerprint] : []));
    return Object.freeze(this.#kept.views(new Set(shown)));
  }

  /** Whether bytes are coming in. */
  get receives() {
    return this.#incoming.some((transfer) => transfer.taking);
  }

  /** Whether files are coming in, are here and can be saved, or could not come for a reason that is still to be read. */
  get holdsFiles() {
    return this.#incoming.some((transfer) => transfer.worthwhile || transfer.unread);
  }

  /** @param {readonly Offered[]} offered @param {string} [peerId] */
  async offer(offered, peerId) {
    if (!offered.length) return;
    if (!fits(offered)) this.#notices.say("warning", "offer-cut", { count: MAX_ENTRIES });
    const source = await sourceOf(offered.slice(0, MAX_ENTRIES));
    const known = this.#peers().filter((peer) => peer.known && (peerId ?? peer.id) === peer.id);
    if (peerId === undefined) this.#standing.set(source.id, { source, seen: known.length > 0 });
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

  /**
   * A transfer, or all of an offer. Nobody who comes later is offered it either, unless somebody else still takes it.
   * @param {string} id of either
   */
  cancel(id) {
    const meant = this.#meant(id);
    for (const transfer of meant) transfer.cancel();
    for (const [offer, { source }] of this.#standing) {
      const asked = meant.some((transfer) => transfer.direction === "out" && transfer.source === source);
      if (offer === id || (asked && !this.#outgoing(source).some((transfer) => !transfer.over))) this.#standing.delete(offer);
    }
    this.#changed();
  }

  /** @param {string} id of a transfer, or of an offer @param {boolean} held */
  hold(id, held) {
    for (const transfer of this.#meant(id)) transfer.hold(held);
  }

  /**
   * Of what is sent, this alone is limited; of what is received, all that comes from the same peer.
   * @param {string} id of a transfer, or of an offer @param {number} rate bytes a second, 0 for any number
   */
  limit(id, rate) {
    for (const transfer of this.#meant(id)) {
      if (transfer.direction === "out") transfer.limit(rate);
      else this.#ask(transfer.peer, rate);
    }
    this.#changed();
  }

  /** All that is whole, as a download. @param {string} id of a transfer, or of what is kept */
  save(id) {
    return this.#hand(id, (holding) => holding.save());
  }

  /** All that is whole, to where the person wants it. @param {string} id */
  saveTo(id) {
    return this.#hand(id, (holding) => holding.saveTo());
  }

  /** @param {string} id @param {string} path */
  saveFile(id, path) {
    return this.#hand(id, (holding) => holding.saveFile(path));
  }

  /** What is here of it is removed, and not gone on with. @param {string} id */
  discard(id) {
    return this.#hand(id, async (holding) => {
      this.#consents.withdraw(holding.fingerprint);
      await holding.discard();
      this.#kept.forget(holding.fingerprint);
    });
  }

  /** A proven link runs, the first one or another. @param {Peer} peer @param {boolean} first */
  linked(peer, first) {
    for (const transfer of this.#of(peer)) if (transfer.direction === "out") transfer.linked();
    const { asked } = this.#trafficOf(peer);
    if (asked) peer.say({ type: "limit", bytes_per_s: asked });
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
    if (message.type === "limit") this.#trafficOf(peer).ceiling.rate = message.bytes_per_s;
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
    const incoming = new Incoming(peer, offer, {
      changed: this.#changed,
      consents: this.#consents,
      refused: (why) => this.#refused(peer, offer.title, why),
      inUse: () => this.#notices.say("warning", "in-use", { title: offer.title }),
    });
    incoming.limit = this.#trafficOf(peer).asked;
    this.#all.set(incoming.id, incoming);
    this.#watch();
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
    const before = this.#outgoing(source).find(({ over, view }) => over && view.reason === "peer-gone" && view.peerName === peer.name);
    if (before) this.#all.delete(before.id); // it is back, under another id
    const outgoing = new Outgoing(newId(), peer, source, this.#changed, this.#trafficOf(peer).ceiling);
    this.#all.set(outgoing.id, outgoing);
    this.#watch();
    this.#changed();
  }

  /** @param {Peer} peer @param {number} rate */
  #ask(peer, rate) {
    this.#trafficOf(peer).asked = rate;
    for (const transfer of this.#of(peer)) if (transfer.direction === "in") transfer.limit = rate;
    peer.say({ type: "limit", bytes_per_s: rate });
  }

  /** @param {Peer} peer */
  #trafficOf(peer) {
    let traffic = this.#traffic.get(peer);
    if (!traffic) this.#traffic.set(peer, (traffic = { ceiling: new Pacer(), asked: 0 }));
    return traffic;
  }

  /** As long as something is on its way. */
  #watch() {
    this.#watching ??= setInterval(() => {
      const open = [...this.#all.values()].filter((transfer) => !transfer.over);
      for (const transfer of open) transfer.look(this.#served());
      this.#changed();
      if (open.length) return;
      clearInterval(this.#watching);
      this.#watching = undefined;
    }, LOOK_MS);
  }

  /** @param {string} id of a transfer, or of an offer */
  #meant(id) {
    const transfer = this.#all.get(id);
    return transfer ? [transfer] : [...this.#all.values()].filter((each) => each.direction === "out" && each.source.id === id);
  }

  /** @param {Source} source @returns {Outgoing[]} */
  #outgoing(source) {
    const all = [...this.#all.values()];
    return all.filter((transfer) => transfer.direction === "out").filter((transfer) => transfer.source === source);
  }

  /** @param {Peer} peer */
  #of(peer) {
    return [...this.#all.values()].filter((transfer) => transfer.peer === peer);
  }

  get #incoming() {
    return [...this.#all.values()].filter((transfer) => transfer.direction === "in");
  }

  /** @param {string} id @param {(holding: Holding) => Promise<void>} job */
  async #hand(id, job) {
    const transfer = this.#all.get(id);
    const holding = transfer?.direction === "in" ? transfer.holding : this.#kept.holding(id);
    if (!holding) return;
    try {
      await job(holding);
    } catch (error) {
      const title = transfer?.view?.title ?? "";
      if (error instanceof InUse) return this.#notices.say("warning", "in-use", { title });
      if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
      this.#notices.say("error", "save-failed", { title });
    }
  }
}

const newId = () => toBase64url(randomBytes(8));

/** @param {Source} source @returns {TransferView} */
const viewOfWaiting = ({ id, title, entries, files, bytes }) => Object.freeze({
  id, offer: id, peer: "", peerName: "", direction: "out", title, files, list: [], bytes: 0, total: bytes, rate: 0, eta: null,
  current: null, state: "waiting", held: "", cut: false, still: "", limit: 0, text: isText(entries) ? "" : null, reason: "", resumed: 0, kept: "",
  saving: null,
});
