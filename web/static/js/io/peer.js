// One remote peer, for as long as it is in the room: across connections, and across a lost server that forgets it.
//
//     Introduction ──notes──► Negotiation ──effects──► Connection ──► ControlTalk ──proven──► media, chat, lanes
//     (a peer id)             (an instance)            (an epoch)
//
// The server's ids come and go with its sessions; a peer is known by the `instance` that it says inside the seal.

import { Negotiation } from "../core/negotiation.js";
import { Connection, SLOTS } from "./connection.js";
import { ControlTalk } from "./control.js";
import { Pulse } from "./pulse.js";
import { RemoteMedia } from "./remote_media.js";
import { SideConnections } from "./side_connections.js";
import { Sight } from "./sight.js";

/**
 * @import { PairKeys } from "../core/pairing.js"
 * @import { Effect, Event } from "../core/link_moves.js"
 * @import { ConnectionState, Emoji, PeerView } from "../core/snapshot.js"
 * @import { Control, InnerNote, SayControl } from "../gen/messages.js"
 * @import { Hello } from "./control.js"
 * @import { Slot } from "./connection.js"
 * @import { Introduction } from "./introduction.js"
 * @import { Lane } from "./lane.js"
 * @import { House, Listener } from "./peer_host.js"
 */

const AWAITED_MS = 30_000;

export class Peer {
  #house;
  #listen;
  #talk;
  /** @type {Introduction | null} */
  #introduction = null;
  /** @type {PairKeys | null} */
  #keys = null;
  /** @type {Connection | null} */
  #connection = null;
  /** @type {ControlTalk | null} */
  #control = null;
  #epoch = 0;
  /** Effects run strictly in order, each to its end. @type {Promise<void>} */
  #turn = Promise.resolve();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #alarm;
  #linkedOnce = false;
  #awaitedUntil = 0;
  /** Lanes that came before the proofs. @type {Lane[]} */
  #early = [];
  /** Connections for the side lanes of all transfers with it. */
  sides;
  /** How it introduced itself. @type {Hello | null} */
  #hello = null;
  /** @type {readonly Emoji[]} */
  #sas = [];
  #pulse;
  /** Who looks at what of whom. */
  sight;
  #media = new RemoteMedia();
  #absent = false;

  /**
   * @param {string} id the peer id under which it first came; stays its name here @param {string} instance
   * @param {House} house @param {Listener} listen
   */
  constructor(id, instance, house, listen) {
    this.id = id;
    this.instance = instance;
    this.#house = house;
    this.#listen = listen;
    this.sides = new SideConnections(house.iceServers);
    this.#pulse = new Pulse({
      changed: () => listen.changed(),
      awaits: () => this.sight.awaits(this.#media.said),
      talks: () => this.inCall,
      silent: () => (this.#connection?.hold(), this.moved(), listen.silent()),
      back: () => this.#connection?.refresh(),
    });
    this.#talk = new Negotiation(house.instance);
    this.sight = new Sight(this, house, () => this.#connection);
  }

  get name() {
    return this.#hello?.name ?? "";
  }

  /** The id under which the server knows it now, null when it does not. */
  get serverId() {
    return this.#introduction?.id ?? null;
  }

  get live() {
    return this.#talk.live;
  }

  get epoch() {
    return this.#talk.epoch;
  }

  get ended() {
    return this.#talk.phase === "ended";
  }

  /** Whether it has been proven once, so that it may be offered things even while its link is being renewed. */
  get known() {
    return this.#linkedOnce && !this.ended;
  }

  /**
   * Paired (anew), and its `here` has come.
   * @param {Introduction} introduction @param {PairKeys} keys @param {Extract<InnerNote, {type: "here"}>} here
   */
  meet(introduction, keys, here) {
    this.#introduction?.end();
    this.#introduction = introduction;
    this.#keys = keys;
    this.#absent = false;
    this.#feed({ type: "met", role: introduction.role, epoch: here.epoch, live: here.live });
  }

  /** Out of the seal. @param {Exclude<InnerNote, {type: "here" | "door" | "knock"}>} note */
  hear(note) {
    this.#feed({ type: "heard", note });
  }

  /**
   * The way through the server is gone. A running link stays.
   * @param {boolean} ours whether it was our session that the server lost: then the other may be found again
   */
  part(ours) {
    this.#introduction?.end();
    this.#introduction = null;
    this.#absent = !ours;
    this.#awaitedUntil = ours ? performance.now() + AWAITED_MS : 0;
    if (ours) setTimeout(() => this.#feed({ type: "woken" }), AWAITED_MS + 1);
    this.#feed({ type: "parted" });
  }

  /** @param {boolean} absent */
  setAbsent(absent) {
    this.#absent = absent;
    this.#listen.changed();
  }

  /** We leave, or have had enough of it. Resolves once it is said. @param {boolean} [going] the page goes at once */
  async hangUp(going = false) {
    this.#control?.say({ type: "bye" });
    if (going) this.#connection?.close();
    else void this.#connection?.closeHeard();
    this.#feed({ type: "hang_up" });
    await this.#turn;
  }

  /** @param {SayControl} message dropped while no proven link runs */
  say(message) {
    this.#control?.say(message);
  }

  /** A local track has changed. @param {Slot} slot @param {MediaStreamTrack | null} track */
  put(slot, track) {
    if (this.live) void this.#connection?.put(slot, track);
  }

  /** A lane on the running link; null while there is none. @param {string} label */
  openLane(label) {
    return this.live && this.#connection ? this.#connection.openLane(label) : null;
  }

  /** Whether voice or picture runs, either way. */
  get inCall() {
    return this.#media.plays || (this.#connection?.sendsMedia ?? false);
  }

  /** Whether the server too has lost sight of it. */
  get absent() {
    return this.#absent;
  }

  /** The link says that it runs, and nothing moves on it: another one is made. */
  renew() {
    this.#feed({ type: "failed", epoch: this.#epoch, reason: "nothing moves" });
  }

  /** This machine is on another network, or nothing comes where much came: the way is looked for anew. */
  moved() {
    this.#feed({ type: "moved", epoch: this.#epoch });
  }

  /** What only the two of us know, of the last pairing. */
  get proof() {
    return this.#keys?.proof ?? null;
  }

  /** Whether we were in the room before it came, as far as the last pairing tells. */
  get younger() {
    return this.#introduction?.role === "member";
  }

  /** Whether its hello says so; "lanes": it takes side lanes, and says what it got. @param {"history" | "view" | "door" | "host" | "lanes" | "restart" | "recording"} what */
  can(what) {
    return this.#hello?.capabilities.includes(what) ?? false;
  }

  /** What the statistics of the connection say now; null without one. */
  async reading() {
    return (await this.#connection?.read()) ?? null;
  }

  /** The readings of the last minute, one a second, the latest last. */
  get readings() {
    return this.#pulse.readings;
  }

  get maxMessageBytes() {
    return this.#connection?.maxMessageBytes ?? 0;
  }

  /** How loud it is, 0 to 1; null while its microphone is off. */
  get level() {
    return this.#media.level;
  }

  /** @returns {PeerView} */
  get view() {
    const { said, stream, screenStream } = this.#media;
    return Object.freeze({
      id: this.id, name: this.name, kind: this.#hello?.kind ?? "browser", state: this.#state, absent: this.#absent, path: this.#pulse.kind, quality: this.#pulse.quality,
      sas: this.#sas, ...said, stream, screenStream,
    });
  }

  /** @returns {ConnectionState} */
  get #state() {
    if (this.#talk.phase === "linked") return "connected";
    if (this.#talk.phase === "ended") return "failed";
    return this.#linkedOnce ? "reconnecting" : "connecting";
  }

  /** @param {Event} event */
  #feed(event) {
    this.#turn = this.#turn.then(async () => {
      const shaken = this.#talk.phase === "shaken";
      for (const effect of this.#talk.step(event, performance.now() / 1000)) await this.#run(effect);
      if (shaken && this.live) void this.#connection?.refresh();
      this.#arm();
      const nowhere = this.#talk.phase === "apart" || this.#talk.phase === "ended";
      if (nowhere && !this.#introduction && performance.now() > this.#awaitedUntil) this.#listen.ended("gone");
      this.#listen.changed();
    });
  }

  #arm() {
    clearTimeout(this.#alarm);
    const due = this.#talk.deadline;
    if (due === null) return;
    this.#alarm = setTimeout(() => this.#feed({ type: "woken" }), Math.max(0, due * 1000 - performance.now()));
  }

  /** @param {Effect} effect */
  async #run(effect) {
    if ("epoch" in effect && effect.type !== "connect" && effect.epoch !== this.#epoch) return;
    const connection = this.#connection;
    switch (effect.type) {
      case "say":
        return this.#introduction?.say(effect.note);
      case "connect":
        return this.#attempt(effect.epoch, async () => this.#connect(effect.epoch));
      case "make_offer":
      case "make_restart":
        return this.#describe("offer_made", effect.epoch, async () => connection?.offer(effect.type === "make_restart"));
      case "take_offer":
      case "take_restart":
        return this.#describe("answer_made", effect.epoch, async () => connection?.answer(effect.sdp, effect.type === "take_restart"));
      case "take_answer":
        return this.#attempt(effect.epoch, async () => connection?.takeAnswer(effect.sdp));
      case "add_candidate":
        return connection?.addCandidate(effect.candidate);
      case "prove":
        return void this.#control?.prove();
      case "lost":
        return this.#lose();
      case "close":
        return this.#disconnect();
      case "gave_up":
        return this.#listen.ended("no-path");
      case "hung_up":
        return this.#listen.ended("left");
    }
  }

  /** @param {"offer_made" | "answer_made"} type @param {number} epoch @param {() => Promise<string | undefined>} step */
  #describe(type, epoch, step) {
    return this.#attempt(epoch, async () => {
      const sdp = await step();
      if (sdp) this.#feed({ type, epoch, sdp });
    });
  }

  /** What the browser refuses fails the epoch. @param {number} epoch @param {() => Promise<void>} step */
  async #attempt(epoch, step) {
    try {
      await step();
    } catch (error) {
      this.#feed({ type: "failed", epoch, reason: error instanceof Error ? error.name : "error" });
    }
  }

  /** @param {number} epoch */
  #connect(epoch) {
    this.#disconnect();
    if (!this.#keys) return;
    this.#epoch = epoch;
    const connection = new Connection(this.#house.iceServers(), {
      found: (candidate) => this.#feed({ type: "found", epoch, candidate }),
      changed: (state) => this.#feed({ type: "changed", epoch, state }),
      control: (text) => control.receive(text),
      controlLost: () => this.#feed({ type: "failed", epoch, reason: "the control channel closed" }),
      lane: (lane) => (this.live ? this.#listen.lane(lane) : this.#early.push(lane)),
    });
    const control = new ControlTalk(connection, this.#keys, this.#house.hello, {
      proven: (hello) => this.#proven(epoch, hello),
      wrong: () => this.#expose(epoch),
      heard: (message) => this.#hear(message),
    });
    this.#sas = this.#keys.sas;
    this.#connection = connection;
    this.#control = control;
  }

  /** @param {number} epoch @param {Hello} hello */
  #proven(epoch, hello) {
    if (epoch !== this.#epoch || !this.#connection) return;
    this.#hello = hello;
    this.#feed({ type: "proven", epoch, restarts: this.can("restart") });
    this.#turn = this.#turn.then(() => this.#open());
  }

  /** The link is proven: now, and not before, media and files may flow. */
  #open() {
    const connection = this.#connection;
    if (!this.live || !connection) return;
    for (const slot of SLOTS) void connection.put(slot, this.#house.media.track(slot));
    this.sight.announce();
    this.sight.reshape();
    this.#media.show(connection);
    this.#pulse.start(connection);
    const first = !this.#linkedOnce;
    this.#linkedOnce = true;
    this.#listen.proven(first);
    for (const lane of this.#early.splice(0)) this.#listen.lane(lane);
    this.#listen.changed();
  }

  /** @param {Control} message */
  #hear(message) {
    switch (message.type) {
      case "media":
        this.#media.hear(message);
        return this.#listen.changed();
      case "view":
        return this.sight.hear(message);
      case "bye":
        return this.#feed({ type: "heard", note: message });
      default:
        this.#listen.heard(message);
    }
  }

  /** @param {number} epoch */
  #expose(epoch) {
    if (epoch !== this.#epoch) return;
    this.#feed({ type: "hang_up" });
    this.#turn = this.#turn.then(() => this.#listen.ended("identity"));
  }

  #lose() {
    this.#pulse.stop();
    this.#media.lose();
    this.#listen.lost();
  }

  #disconnect() {
    this.#pulse.stop();
    this.#connection?.close();
    this.#connection = null;
    this.#control = null;
    this.#early = [];
    this.#epoch = 0;
  }
}
