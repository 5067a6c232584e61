// Files that one peer offers, from its offer to their end. The manifest is read and checked before anyone is asked, a
// place is made before the first byte comes, and whoever offers the same again after a lost peer or a closed tab finds
// what was there.
//
//     reading ─manifest─► asking ─yes─► opening ─place─► taking ─► over        a tab that said yes before is not asked

import { Malformed } from "../core/codec.js";
import { fingerprintOf } from "../core/fingerprint.js";
import { unpack } from "../core/frames.js";
import { UnsafeName } from "../core/names.js";
import { Watch } from "../core/watch.js";
import { FrameType } from "../gen/messages.js";
import { Course } from "./course.js";
import { reasonOf } from "./endings.js";
import { Holding } from "./holding.js";
import { Holds } from "./holds.js";
import { ManifestReader } from "./manifest.js";
import { InUse, NoRoom } from "./shelf.js";
import { byState } from "./redraw.js";
import { Taking } from "./taking.js";
import { isText } from "./texts.js";

/**
 * @import { Frame } from "../core/frames.js"
 * @import { TransferFile, TransferState, TransferView } from "../core/snapshot.js"
 * @import { Control, Entry } from "../gen/messages.js"
 * @import { Consents } from "./consents.js"
 * @import { Lane } from "./lane.js"
 * @import { Peer } from "./peer.js"
 * @import { Redraw } from "./redraw.js"
 */
/** @typedef {Extract<Control, {type: "offer_files"}>} OfferFiles */
/** @typedef {Extract<Control, {type: "decline_files"}>["reason"]} Reason */
/**
 * @typedef {object} House  what a transfer needs of all transfers
 * @property {Redraw} changed
 * @property {Consents} consents
 * @property {(why: Malformed | UnsafeName) => void} refused  the manifest cannot be taken; nobody is asked
 * @property {() => void} inUse  another tab has these files in hand; the person may try again
 */

const SHOWN = 200;
/** Ends after which nothing is kept: it is not what its sender says, or will never be offered again. */
const FUTILE = new Set(["integrity", "source_changed"]);

export class Incoming {
  /** @type {"in"} */
  direction = "in";
  #offer;
  #house;
  #changed;
  #moves;
  /** @type {readonly Entry[] | null} checked */
  #entries = null;
  /** Once a person accepts, and there is a place. @type {Taking | null} */
  #taking = null;
  /** @type {"reading" | "asking" | "opening" | "taking" | "over"} */
  #stage = "reading";
  /** @type {Lane | null} */
  #lane = null;
  #manifest;
  /** Whether the lane's manifest has come, so that leaves may be wanted on it. */
  #ready = false;
  /** Once the manifest is checked. @type {Holding | null} */
  #holding = null;
  #course = new Course([]);
  #holds;
  #watch = new Watch(performance.now() / 1000);
  #resumed = 0;
  #reason = "";
  /** @type {readonly TransferFile[]} */
  #list = Object.freeze([]);
  /** Bytes a second that all files from this peer may take together, 0 for any number. */
  limit = 0;

  /** @param {Peer} peer @param {OfferFiles} offer @param {House} house */
  constructor(peer, offer, house) {
    this.id = offer.transfer;
    this.peer = peer;
    this.#offer = offer;
    this.#house = house;
    this.#changed = house.changed;
    this.#moves = byState(house.changed);
    this.#manifest = new ManifestReader(offer);
    this.#holds = new Holds(offer.transfer, (message) => peer.say(message));
  }

  get over() {
    return this.#stage === "over";
  }

  /** Whether bytes come in, or are about to. */
  get taking() {
    return this.#stage === "taking" || this.#stage === "opening";
  }

  /** Whether it has a place, so that what an earlier page left there is known for sure. */
  get placed() {
    return this.#taking !== null;
  }

  /** Whether a person has something of it, or will. */
  get worthwhile() {
    return this.taking || Boolean(this.#holding?.kept);
  }

  /** Whether a person should have the time to read how it ended. */
  get unread() {
    return this.over && this.#entries !== null && this.#reason !== "" && this.#reason !== "declined";
  }

  /** What is here of it; null before the manifest is checked. */
  get holding() {
    return this.#holding;
  }

  /** Null until the manifest is checked. @returns {TransferView | null} */
  get view() {
    if (!this.#entries) return null;
    const bytes = this.#taking?.bytes ?? 0;
    const total = this.#offer.open_ended ? -1 : this.#offer.bytes;
    return Object.freeze({
      id: this.id, offer: this.id, peer: this.peer.id, peerName: this.peer.name, direction: "in", title: this.#offer.title,
      files: this.#course.files, list: this.#list, bytes, total, rate: this.#course.rate,
      eta: this.#course.eta(bytes, total), current: this.#course.current, state: this.#state, held: this.#holds.by,
      cut: Boolean(this.#taking?.cut), still: this.#watch.still ?? "", limit: this.limit, text: isText(this.#entries) ? "" : null,
      reason: this.#reason, resumed: this.#resumed, kept: this.#holding?.kept ?? "", saving: this.#holding?.saving ?? null,
    });
  }

  /** The sender opened a lane; after a lost one the same manifest comes again. @param {Lane} lane */
  take(lane) {
    if (this.over) return lane.close();
    this.#lane?.close();
    this.#drop();
    this.#lane = lane;
    this.#manifest = new ManifestReader(this.#offer);
    lane.listen({
      opened: () => {},
      message: (message) => this.#hear(message),
      closed: () => this.#lane === lane && this.#drop(),
    });
  }

  /** Offered again on a new link, where the lane that follows is what matters, unless all is here already. */
  again() {
    if (this.over) this.#taking?.again();
    else this.#holds.again();
  }

  unlinked() {
    this.#drop();
  }

  async accept() {
    const [entries, holding] = [this.#entries, this.#holding];
    if (this.#stage !== "asking" || !entries || !holding) return;
    this.#stage = "opening";
    this.#house.consents.give(holding.fingerprint);
    this.#changed();
    try {
      const shelf = await holding.open();
      if (this.over) return this.#leave(); // somebody changed their mind meanwhile
      this.#resumed = shelf.known;
      this.#taking = new Taking(this.peer, this.id, entries, shelf, {
        changed: () => this.#moved(),
        reached: (file) => this.#course.reach(file),
        arrived: (files) => this.#arrived(files),
        ended: (fail) => this.#finish(fail ? reasonOf(fail) : ""),
      });
    } catch (error) {
      return this.#unopened(error);
    }
    this.#stage = "taking";
    this.#arrived([]);
    if (this.#ready && this.#lane) this.#taking.begin(this.#lane);
    this.#changed();
  }

  decline() {
    if (this.#stage === "asking") this.#decline("declined");
  }

  /** Asks the sender to hold the stream, or to go on. @param {boolean} held */
  hold(held) {
    if (this.#stage !== "taking") return;
    this.#holds.set(held);
    this.#changed();
  }

  /** Finds out why nothing moves that should; what can be done about it, the sender does. @param {boolean} served whether the server answers */
  look(served) {
    this.#course.update(this.#taking?.bytes ?? 0, this.#state === "active");
    this.#watch.look({
      gives: false, moved: this.#taking?.came ?? 0, linked: this.peer.live, served, asking: this.#stage !== "taking",
      paused_here: this.#holds.us, paused_there: this.#holds.them, limited: false, outstanding: false,
      reading: "", writing: this.#taking?.writing ? "disk" : "",
    }, performance.now() / 1000);
  }

  cancel() {
    if (this.#holding) this.#house.consents.withdraw(this.#holding.fingerprint);
    if (this.#taking) this.#taking.step({ type: "stopped", reason: "cancelled" });
    else if (!this.over) this.#decline("declined");
  }

  /** @param {string} reason key of why it is over, unless it was before */
  end(reason) {
    if (this.over) return;
    this.#taking?.step({ type: "stopped", reason: "error" });
    this.#finish(reason);
  }

  /** @param {Control} message of this transfer */
  control(message) {
    if (this.#holds.hear(message)) return this.#changed();
    if (message.type === "lane_offer" || message.type === "lane_candidate") return this.#taking?.hear(message);
    if (message.type !== "cancel_files" || this.over) return;
    if (this.#taking) this.#taking.step({ type: "cancel_arrived", reason: message.reason, message: message.message });
    else this.#finish(reasonOf({ reason: message.reason, by: "them" }));
  }

  /** @returns {TransferState} */
  get #state() {
    if (this.#stage === "over") return this.#reason ? (this.#reason === "declined" ? "declined" : "failed") : "done";
    if (!this.taking) return "offered";
    return this.#taking?.cut || this.#holds.by ? "paused" : "active";
  }

  /** @param {ArrayBuffer} message */
  #hear(message) {
    if (this.over) return;
    try {
      this.#frame(unpack(message));
    } catch (error) {
      if (!(error instanceof Malformed || error instanceof UnsafeName)) throw error;
      if (this.#taking) {
        this.#taking.step({ type: "stopped", reason: "error", message: `The sender erred: ${error.message}.` });
      } else {
        this.#house.refused(error);
        this.#decline(error instanceof UnsafeName ? "unsafe_name" : "error");
      }
    }
  }

  /** @param {Frame} frame */
  #frame(frame) {
    if (frame.type === FrameType.MANIFEST) return this.#page(frame);
    if (!this.#taking || !this.#ready) throw new Malformed("data before it was wanted");
    this.#taking.take(frame);
  }

  /** @param {Frame} frame */
  #page(frame) {
    if (this.#ready) throw new Malformed("a page after the last");
    const entries = this.#manifest.take(frame);
    if (!entries) return;
    this.#ready = true;
    if (!this.#entries) {
      this.#entries = entries;
      this.#course = new Course(entries);
      void this.#ask(entries);
    } else if (JSON.stringify(entries) !== JSON.stringify(this.#entries)) {
      throw new Malformed("another manifest than before");
    } else if (this.#lane) {
      this.#taking?.begin(this.#lane);
    }
    this.#changed();
  }

  /** The person is asked, unless they said yes to the same in this tab before. @param {readonly Entry[]} entries */
  async #ask(entries) {
    const fingerprint = await fingerprintOf(entries);
    if (this.over) return;
    this.#holding = new Holding({ fingerprint, title: this.#offer.title, entries }, this.#changed);
    this.#stage = "asking";
    this.#arrived([]);
    this.#changed();
    if (this.#house.consents.given(fingerprint)) await this.accept();
  }

  /** @param {unknown} error */
  #unopened(error) {
    if (this.over) return;
    if (error instanceof InUse) {
      this.#stage = "asking";
      this.#house.inUse();
      return this.#changed();
    }
    if (error instanceof NoRoom) return this.#decline("disk", error.message, error.reason);
    if (!(error instanceof DOMException)) throw error;
    const full = error.name === "QuotaExceededError";
    return this.#decline("disk", `The receiving browser cannot keep files: ${error.name}.`, full ? "no-room" : "disk");
  }

  #moved() {
    const state = this.#state;
    this.#course.update(this.#taking?.bytes ?? 0, state === "active");
    this.#moves(state);
  }

  #drop() {
    this.#lane = null;
    this.#ready = false;
    this.#taking?.drop();
  }

  /** @param {Reason} reason @param {string} [message] for the sender @param {string} [shown] key, where it is another */
  #decline(reason, message = "", shown = reason) {
    this.peer.say({ type: "decline_files", transfer: this.id, reason, message });
    this.#finish(shown);
  }

  /** @param {string} reason key, "" when all is well */
  #finish(reason) {
    this.#stage = "over";
    this.#reason = reason;
    if (reason) this.#lane?.close(); // when all is well its opener closes it, once it has heard so
    this.#lane = null;
    if (this.#holding?.kept) this.#leave();
    this.#changed();
  }

  /** Lets go of the shelf; what is of no use to anybody who comes back goes with it. */
  #leave() {
    const futile = FUTILE.has(this.#reason) || (this.#reason !== "" && this.#offer.open_ended);
    void (futile ? this.#holding?.discard() : this.#holding?.close())?.catch(() => {}); // a full disk has been told of
  }

  /** @param {readonly number[]} files that are whole now */
  #arrived(files) {
    this.#holding?.arrived(files);
    /** @type {TransferFile[]} */
    const shown = [];
    for (const [file, { path, size, kind }] of (this.#entries ?? []).entries()) {
      if (shown.length === SHOWN) break;
      if (kind === "file") shown.push(Object.freeze({ path, size, saveable: Boolean(this.#holding?.has(file)) }));
    }
    this.#list = Object.freeze(shown);
  }
}
