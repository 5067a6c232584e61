// The room: composes server link, peers, own media, chat and files, and shows all of it as one frozen snapshot.
//
//     ui ──intents──► Room ──► ServerLink, Roster ──► Peer …      facts come back as `change` events
//     ui ◄─snapshot── Room ◄── Notices, Chat, LocalMedia, Transfers

import { toBase64url } from "../core/bytes.js";
import { BadInvite, linkOf, parseInvite, randomBytes } from "../core/invite.js";
import { cleanName } from "./chat.js";
import { Conversation } from "./conversation.js";
import { LocalMedia } from "./local.js";
import { noticesOfDevices } from "./device_notices.js";
import { Gate } from "./gate.js";
import { Notices } from "./notices.js";
import { coalesce } from "./redraw.js";
import { Recording } from "./recording.js";
import { Roster } from "./roster.js";
import { Seat } from "./seat.js";
import { ServerWatch } from "./server_watch.js";
import { Sharing } from "./sharing.js";
import { Talkers } from "./talkers.js";
import { Transfers } from "./transfers.js";
import { ServerLink } from "./websocket.js";

/**
 * @import { DeviceState, Snapshot } from "../core/snapshot.js"
 * @import { Peer } from "./peer.js"
 * @import { Listener as PeerListener } from "./peer_host.js"
 * @import { IceServer } from "./connection.js"
 * @import { SayControl } from "../gen/messages.js"
 * @import { View } from "./sight.js"
 * @import { Sound } from "./treatment.js"
 */

const ICE_EVERY_MS = 10 * 60_000;

export class Room extends EventTarget {
  #token;
  #origin;
  #name;
  #changed = coalesce(() => {
    this.#sharing.follow();
    this.#recording.follow();
    this.#snapshot = this.#render();
    this.dispatchEvent(new Event("change"));
  });
  #notices = new Notices(this.#changed);
  #conversation;
  #talkers = new Talkers(() => this.#levels(), this.#changed);
  #media;
  #transfers;
  /** @type {Roster | null} */
  #roster = null;
  #gate;
  #made;
  /** @type {ServerLink | null} */
  #server = null;
  /** @type {readonly IceServer[]} */
  #iceServers = [];
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #iceTimer;
  /** @type {Snapshot["phase"]} */
  #phase = "idle";
  #ended = "";
  #serverWatch = new ServerWatch(this.#notices, this.#changed);
  /** @type {Snapshot} */
  #snapshot;
  /** The machine has another address, or one again. */
  #moved = () => this.#peers.forEach((peer) => peer.moved());
  #sharing;
  #recording;
  #seat = new Seat();
  #farewell = () => {
    const receives = this.#transfers.receives || this.#seat.goesOn;
    this.#seat.leave(receives);
    if (receives) this.#vanish();
    else this.#end("left", true);
  };

  /**
   * @param {object} how
   * @param {string} how.token  what stands after # in the page's address
   * @param {string} how.server  origin
   * @param {string} how.name
   * @param {MediaStream | null} how.stream  from the lobby's preview
   * @param {{mic: DeviceState, camera: DeviceState}} how.deviceStates
   * @param {Sound} how.sound  what the microphone is for
   * @param {boolean} [how.made]  this visitor made the room, and so decides who comes in
   * @param {boolean} [how.locked]  whoever else is there has to knock
   * @param {boolean} [how.media]  false on a page for files alone; media slots are laid out in any case, so that
   *   `setMic` or `setCamera` turns it into a call without negotiating anew
   */
  constructor({ token, server, name, stream, deviceStates, sound, made = false, locked = false }) {
    super();
    this.#token = token;
    this.#origin = server;
    this.#name = cleanName(name);
    this.#conversation = new Conversation({
      name: this.#name,
      peers: () => this.#peers,
      askedToMute: (from) => this.#askedToMute(from),
      changed: this.#changed,
    });
    this.#media = new LocalMedia(stream, deviceStates, sound, {
      put: (slot, track) => this.#peers.forEach((peer) => peer.put(slot, track)),
      changed: () => this.#announce(),
      ...noticesOfDevices(this.#notices),
    });
    this.#sharing = new Sharing({
      peers: () => this.#peers,
      shows: () => this.#media.camera === "on",
      crowded: () => this.#notices.say("info", "crowded"),
      voiceAlone: (on) => (on ? this.#notices.say("warning", "voice-alone") : this.#notices.clear("voice-alone")),
    });
    this.#recording = new Recording({ name: this.#name, peers: () => this.#peers, media: this.#media, notices: this.#notices, changed: this.#changed });
    this.#transfers = new Transfers(() => this.#peers, this.#notices, this.#changed, () => this.#serverWatch.state === "connected");
    this.#made = made;
    this.#gate = new Gate(toBase64url(randomBytes(16)), made, {
      changed: this.#changed,
      shut: (why) => this.#end(why),
      turned: (on) => this.#notices.say("info", on ? "locked" : "unlocked"),
      dropped: (peer) => (void peer.hangUp(), this.#gone(peer, "left")),
    });
    if (locked) this.#gate.lock(true);
    this.#snapshot = this.#render();
  }

  get snapshot() {
    return this.#snapshot;
  }

  /** Joins, or ends with a reason in the snapshot. Never throws. */
  async join() {
    if (this.#phase !== "idle") return;
    this.#phase = "joining";
    this.#changed();
    if (!globalThis.isSecureContext) return this.#end("insecure");
    if (!globalThis.RTCPeerConnection) return this.#end("unsupported");
    try {
      const invite = await parseInvite(this.#token);
      if (this.#phase !== "joining") return;
      this.#enter(invite);
    } catch (error) {
      if (!(error instanceof BadInvite)) throw error;
      this.#end("bad-invite");
    }
  }

  /** Says goodbye to the peers and to the server. */
  leave() {
    this.#end("left");
  }

  /** Our own microphone, camera, screen and hand. */
  get media() {
    return this.#media;
  }

  /** What the link to a peer was like in the last minute, second by second. @param {string} peerId */
  readings(peerId) {
    return this.#roster?.find(peerId)?.readings ?? [];
  }

  /** @param {string} text */
  sendChat(text) {
    this.#conversation.write(text);
  }

  /** @param {string} emoji one of REACTIONS */
  react(emoji) {
    this.#conversation.react(emoji);
  }

  /** Who may come in. */
  get gate() {
    return this.#gate;
  }

  /** Makes somebody leave; the room is locked then. @param {string} peerId */
  remove(peerId) {
    const peer = this.#roster?.find(peerId);
    if (peer) this.#gate.decide(peer.instance, "remove");
  }

  /** @param {string} peerId */
  askMute(peerId) {
    this.#roster?.find(peerId)?.say({ type: "ask_mute" });
  }

  /** Files to and from everyone. */
  get files() {
    return this.#transfers;
  }

  /** Our own recording, those of the others, and what is kept of either. */
  get recording() {
    return this.#recording;
  }

  /** What of a peer's pictures is looked at here. @param {string} peerId @param {View} view */
  look(peerId, view) {
    this.#roster?.find(peerId)?.sight.look(view);
  }

  /** Whether pictures are to be small, and seldom, both ways. @param {boolean} on */
  setLowData(on) {
    this.#sharing.lowData = on;
    this.#changed();
  }

  /** What went wrong outside of the room, said in its place. @param {string} key of a notice @param {Record<string, string | number>} [values] */
  warn(key, values) {
    this.#notices.say("warning", key, values);
  }

  /** @param {string} noticeId */
  dismiss(noticeId) {
    this.#notices.dismiss(noticeId);
  }

  get #peers() {
    return this.#roster?.peers ?? [];
  }

  /** @param {{secret: Uint8Array, room: string, code: string | null}} invite */
  #enter(invite) {
    const house = {
      instance: this.#gate.door.me,
      door: this.#gate.door,
      name: () => this.#name,
      iceServers: () => this.#iceServers,
      media: this.#media,
      hello: () => this.#hello(),
      sharing: this.#sharing,
    };
    this.#roster = new Roster(invite, house, {
      relay: (to, body) => this.#server?.send({ type: "relay", to, body }),
      watch: (peer) => this.#watch(peer),
      mismatched: () => this.#mismatched(invite.code !== null),
      wary: () => this.#notices.say("warning", "wary"),
      outside: (state, peer) => this.#gate.turnedAway(state, peer),
      changed: () => this.#gate.look(),
    });
    this.#gate.use(this.#roster);
    this.#server = new ServerLink(this.#origin, invite.room, {
      heard: (notice) => this.#heard(notice),
      changed: (state) => this.#serverWatch.turned(state),
      ended: (why) => this.#unserved(why),
      holdsLink: () => this.#peers.some((peer) => peer.live),
      hurries: () => this.#peers.some((peer) => peer.known && !peer.live),
    });
    this.#seat.enter(invite.room);
    this.#server.open(this.#seat.patience);
    this.#serverWatch.start();
    this.#transfers.enter(invite.room);
    void this.#recording.kept.look();
    globalThis.addEventListener("pagehide", this.#farewell);
    globalThis.addEventListener("online", this.#moved);
    this.#sharing.start();
    this.#talkers.start();
    this.#iceTimer = setInterval(() => this.#server?.send({ type: "ice" }), ICE_EVERY_MS);
  }

  /** @returns {Extract<SayControl, {type: "hello"}>} */
  #hello() {
    const capabilities = ["media", "chat", "files", "lanes", "restart", "history", "view", "door", "recording"];
    if (this.#made) capabilities.push("host");
    return { type: "hello", v: 1, name: this.#name, kind: "browser", engine: "browser", capabilities };
  }

  /** @param {Parameters<import("./websocket.js").Listener["heard"]>[0]} notice */
  #heard(notice) {
    if (notice.type === "welcome") this.#phase = "in";
    if (notice.type === "welcome" || notice.type === "ice") this.#iceServers = notice.ice_servers;
    if (notice.type === "refused") this.#serverWatch.refused(notice.code);
    if (notice.type === "refused" && notice.code === "rate") this.#notices.say("warning", "slow-down");
    this.#roster?.heard(notice);
  }

  /**
   * The server has said its last word. A room that was closed behind us stays while something in it can be saved.
   * @param {string} why
   */
  #unserved(why) {
    if (why === "closed" && this.#transfers.holdsFiles) this.#notices.say("info", "room-closed");
    else this.#end(why);
  }

  /** @param {() => Peer} peer @returns {PeerListener} */
  #watch(peer) {
    return {
      changed: this.#changed,
      proven: (first) => {
        if (first) this.#notices.say("info", "joined", { name: peer().name });
        this.#conversation.greet(peer());
        this.#recording.greet(peer());
        this.#transfers.linked(peer(), first);
        this.#gate.linked(peer());
      },
      heard: (message) => {
        if (this.#conversation.heard(message, peer()) || this.#recording.heard(message, peer())) return;
        if (message.type === "room" || message.type === "verdict") return this.#gate.heard(peer(), message);
        this.#transfers.heard(peer(), message);
      },
      lane: (lane) => this.#transfers.lane(peer(), lane),
      silent: () => this.#server?.doubt(),
      lost: () => (this.#transfers.unlinked(peer()), this.#recording.unlinked(peer())),
      ended: (why) => this.#gone(peer(), why),
    };
  }

  /** @param {Peer} peer @param {Parameters<PeerListener["ended"]>[0]} why */
  #gone(peer, why) {
    this.#transfers.parted(peer);
    this.#recording.unlinked(peer);
    if (why === "left" || why === "gone") {
      this.#roster?.remove(peer);
      this.#gate.gone(peer);
      if (peer.name) this.#notices.say("info", "left", { name: peer.name });
    } else {
      this.#notices.say("error", why, { name: peer.name });
    }
  }

  /** Nobody mutes anybody but themselves. @param {string} name of who asks */
  #askedToMute(name) {
    if (this.#media.mic === "on") this.#notices.say("warning", "ask-mute", { name });
  }

  /** A code has one guess: nobody can be met by it any more. @param {boolean} guessable */
  #mismatched(guessable) {
    if (guessable && !this.#roster?.met) this.#end("wrong-code");
    else this.#notices.say("warning", "wrong-code");
  }

  /** The page goes while files come in: nobody is told goodbye, so that the sender waits for it to come back. */
  #vanish() {
    this.#server?.close();
  }

  /** How loud everyone is. @returns {[string, number | null][]} */
  #levels() {
    return [["me", this.#media.level], ...this.#peers.map((peer) => /** @type {[string, number | null]} */ ([peer.id, peer.level]))];
  }

  #announce() {
    for (const peer of this.#peers) peer.sight.announce();
    this.#changed();
  }

  /** @param {string} why @param {boolean} [going] the page goes at once */
  #end(why, going = false) {
    if (this.#phase === "left" || this.#phase === "ended") return;
    this.#phase = why === "left" ? "left" : "ended";
    this.#ended = why;
    globalThis.removeEventListener("pagehide", this.#farewell);
    globalThis.removeEventListener("online", this.#moved);
    clearInterval(this.#iceTimer);
    this.#gate.end();
    this.#sharing.stop();
    this.#recording.end();
    this.#talkers.stop();
    for (const peer of this.#peers) void peer.hangUp(going);
    this.#server?.close();
    this.#serverWatch.stop();
    this.#media.stop();
    this.#changed();
  }

  /** @returns {Snapshot} */
  #render() {
    const { mic, camera, screen, hand, stream } = this.#media;
    const invite = { token: this.#token };
    return Object.freeze({
      phase: this.#phase,
      ended: this.#ended,
      server: this.#serverWatch.state,
      invite: { link: linkOf(invite, this.#origin), filesLink: linkOf(invite, this.#origin, true) },
      me: Object.freeze({ name: this.#name, mic, camera, screen, hand, stream, lowData: this.#sharing.lowData }),
      door: this.#gate.view,
      peers: Object.freeze(this.#roster?.views ?? []),
      talk: this.#talkers.now,
      chat: this.#conversation.lines,
      reactions: this.#conversation.reactions,
      transfers: this.#transfers.views,
      kept: this.#transfers.kept,
      recording: this.#recording.view,
      notices: this.#notices.list,
    });
  }
}
