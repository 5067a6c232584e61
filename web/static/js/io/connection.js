// One RTCPeerConnection of one epoch with one remote peer. The browser's counterpart of peer/rtc: the same slots in
// the same order, so that whoever answers adopts them by order and nothing is ever negotiated twice.
//
//     m-line   0 camera   1 screen   2 mic   3 sound (of the screen)   4 data       max-bundle
//
// Mute, camera, screen and its sound come and go by replaceTrack.

import { WHOLE } from "../core/budget.js";
import { Lane } from "./lane.js";
import { readingOf } from "./reading.js";

/**
 * @import { Shape } from "../core/budget.js"
 * @import { Candidate } from "../core/link_moves.js"
 * @import { Notice } from "../gen/messages.js"
 */

/** @typedef {Extract<Notice, {type: "ice"}>["ice_servers"][number]} IceServer */
/** @typedef {"camera" | "screen" | "mic" | "sound"} Slot */
/** @typedef {"connecting" | "connected" | "disconnected" | "failed" | "closed"} LinkState */
/**
 * @typedef {object} Listener
 * @property {(candidate: Candidate | null) => void} found  a local candidate; null after the last
 * @property {(state: LinkState) => void} changed
 * @property {(text: string) => void} control  a message of the control channel
 * @property {() => void} controlLost  the control channel closed while the connection was in use
 * @property {(lane: Lane) => void} lane  the remote opened one
 */
/** @typedef {RTCRtpEncodingParameters & {codec?: RTCRtpCodec}} Encoding  Firefox has no `codec` */

/** @type {readonly Slot[]} */
export const SLOTS = ["camera", "screen", "mic", "sound"];
/** @type {readonly Slot[]} */
const PICTURES = ["camera", "screen"];
const LANE = /^lane\/[A-Za-z0-9_-]{11}\/[0-9]{1,3}$/;
const MAX_LANES = 64;
/** For a farewell that is lost, and for the answer to the one that is sent again. */
const LINGER_MS = 1500;

export class Connection {
  #pc;
  #listen;
  /** @type {RTCDataChannel | null} */
  #control = null;
  /** @type {(value?: unknown) => void} */
  #open = () => {};
  /** Settles when the control channel is open. */
  opened = new Promise((resolve) => (this.#open = resolve));
  /** @type {Map<Slot, RTCRtpTransceiver>} */
  #slots = new Map();
  /** What has a stream in common is played in step (RFC 8830, section 2). @type {Readonly<Record<Slot, MediaStream>>} */
  #streams;
  /** @type {LinkState} */
  #state = "connecting";
  #lanes = 0;
  /** How each picture is to be sent. @type {Map<Slot, Shape>} */
  #shapes = new Map();
  /** No picture goes, whatever its shape. */
  #held = false;
  /** Bits a second for each sound, where the browser is told. @type {Map<Slot, number | null>} */
  #rates = new Map();
  /** MIME type of the codec of the pictures; null for what the browser takes. @type {string | null} */
  #codec = null;
  /** Parameters are read, changed and set, and nobody else in between. @type {Promise<unknown>} */
  #tuning = Promise.resolve();

  /** @param {readonly IceServer[]} iceServers @param {Listener} listen @param {boolean} [relayed] over a relay or not at all */
  constructor(iceServers, listen, relayed = false) {
    this.#listen = listen;
    const [person, shared] = [new MediaStream(), new MediaStream()];
    this.#streams = { camera: person, mic: person, screen: shared, sound: shared };
    const iceTransportPolicy = relayed ? "relay" : "all";
    this.#pc = new RTCPeerConnection({ iceServers: iceServers.map(plain), bundlePolicy: "max-bundle", iceTransportPolicy });
    this.#pc.onicecandidate = ({ candidate }) => this.#find(candidate);
    // Chromium may say `failed` in one of the two and stay `disconnected` in the other.
    this.#pc.onconnectionstatechange = this.#pc.oniceconnectionstatechange = () => this.#look();
    this.#pc.ondatachannel = ({ channel }) => this.#admit(channel);
  }

  /** Lays out all slots, or that for data alone, sets and returns the local offer. @param {boolean} media */
  async makeOffer(media = true) {
    for (const slot of media ? SLOTS : []) {
      const kind = slot === "camera" || slot === "screen" ? "video" : "audio";
      this.#slots.set(slot, this.#pc.addTransceiver(kind, { direction: "sendrecv", streams: [this.#streams[slot]] }));
    }
    this.#addControl();
    await this.#pc.setLocalDescription();
    return this.#localSdp();
  }

  /** Adopts the slots of an offer by their order, sets and returns the local answer. @param {string} sdp */
  async takeOffer(sdp) {
    this.#addControl();
    await this.#pc.setRemoteDescription({ type: "offer", sdp });
    const offered = this.#pc.getTransceivers();
    if (offered.length >= SLOTS.length) SLOTS.forEach((slot, index) => this.#adopt(slot, offered[index]));
    await this.#pc.setLocalDescription();
    return this.#localSdp();
  }

  /** The first offer, or one that restarts ICE. @param {boolean} restart */
  offer(restart) {
    return restart ? this.makeRestart() : this.makeOffer();
  }

  /** @param {string} sdp @param {boolean} restart */
  answer(sdp, restart) {
    return restart ? this.takeRestart(sdp) : this.takeOffer(sdp);
  }

  /** A fresh offer that restarts ICE (RFC 8445, section 9). */
  async makeRestart() {
    this.#pc.restartIce();
    await this.#pc.setLocalDescription();
    return this.#localSdp();
  }

  /** Takes such an offer, sets and returns the local answer; slots and channels stay as they are. @param {string} sdp */
  async takeRestart(sdp) {
    await this.#pc.setRemoteDescription({ type: "offer", sdp });
    await this.#pc.setLocalDescription();
    return this.#localSdp();
  }

  /** @param {string} sdp */
  async takeAnswer(sdp) {
    await this.#pc.setRemoteDescription({ type: "answer", sdp });
  }

  /** One that cannot be parsed is skipped. @param {Candidate | null} candidate */
  async addCandidate(candidate) {
    if (!candidate?.candidate) return; // the end of candidates needs no telling: checks go on until one pair works
    const { mid, index } = candidate;
    const init = { candidate: candidate.candidate, sdpMid: mid ?? null, sdpMLineIndex: index ?? (mid ? null : 0) };
    await this.#pc.addIceCandidate(init).catch(() => {});
  }

  /**
   * Puts a track into a slot, or takes it out. Does nothing where the remote takes no media.
   * @param {Slot} slot @param {MediaStreamTrack | null} track
   */
  async put(slot, track) {
    const transceiver = this.#slots.get(slot);
    if (!transceiver?.currentDirection?.includes("send")) return;
    await transceiver.sender.replaceTrack(track);
  }

  /** Nothing comes from the remote, so no picture goes: what is sent into an outage is only sent again after it. */
  hold() {
    this.#held = true;
    this.#tuneAll();
  }

  /**
   * Packets pass again after a while without any: the pictures begin anew, with a whole one. Their receiver would ask for
   * it only after seconds of waiting for what was lost.
   */
  refresh() {
    if (!this.#held) this.hold();
    this.#held = false;
    this.#tuneAll();
  }

  /** How a picture is to be sent, from now on. @param {Slot} slot @param {Shape} shape */
  shape(slot, shape) {
    if ((this.#shapes.get(slot) ?? WHOLE) === shape) return; // a browser that is told nothing starts best
    this.#shapes.set(slot, shape);
    this.#tune(slot);
  }

  /** MIME types of the codecs that both ends have for pictures; none where a browser leaves no choice. */
  get codecs() {
    const offered = this.#slots.get("camera")?.sender.getParameters().codecs ?? [];
    return offered.map(({ mimeType }) => mimeType);
  }

  /** The codec of the pictures, from now on and without negotiating anew. @param {string | null} codec one of `codecs`, or null */
  encode(codec) {
    if (codec === this.#codec) return;
    this.#codec = codec;
    this.#tuneAll();
  }

  /** The most bits a second for a sound, from now on; null for what the browser takes. @param {"mic" | "sound"} slot @param {number | null} bitrate */
  rate(slot, bitrate) {
    if ((this.#rates.get(slot) ?? null) === bitrate) return;
    this.#rates.set(slot, bitrate);
    this.#adjust(slot, (encoding) => {
      if (bitrate) encoding.maxBitrate = bitrate;
      else delete encoding.maxBitrate;
    });
  }

  #tuneAll() {
    for (const slot of PICTURES) this.#tune(slot);
  }

  /** Has a picture sent as it is to be now. @param {Slot} slot */
  #tune(slot) {
    const { active: wanted, scale, rate, bitrate } = this.#shapes.get(slot) ?? WHOLE;
    const active = wanted && !this.#held;
    this.#adjust(slot, (encoding, codecs) => {
      const codec = codecs?.find(({ mimeType }) => mimeType.toLowerCase() === this.#codec);
      Object.assign(encoding, { active, scaleResolutionDownBy: scale, maxFramerate: rate, maxBitrate: bitrate });
      if (codec) encoding.codec = codec;
      else delete encoding.codec;
    });
  }

  /** @param {Slot} slot @param {(encoding: Encoding, codecs: RTCRtpCodec[] | undefined) => void} change */
  #adjust(slot, change) {
    this.#tuning = this.#tuning.then(async () => {
      const sender = this.#slots.get(slot)?.sender;
      if (!sender || this.#state === "closed") return;
      const wanted = sender.getParameters();
      for (const encoding of wanted.encodings) change(encoding, wanted.codecs);
      await sender.setParameters(wanted).catch(() => {}); // closed meanwhile
    });
  }

  /** The remote's track of a slot; null where the remote sends no media. @param {Slot} slot */
  track(slot) {
    const transceiver = this.#slots.get(slot);
    return transceiver?.currentDirection?.includes("recv") ? transceiver.receiver.track : null;
  }

  /** What receives a slot, once it is laid out. @param {Slot} slot */
  receiver(slot) {
    return this.#slots.get(slot)?.receiver ?? null;
  }

  /** Whether voice or picture leaves here for the remote. */
  get sendsMedia() {
    return [...this.#slots.values()].some(({ currentDirection, sender }) => currentDirection?.includes("send") && sender.track?.enabled);
  }

  /** Says something on the control channel; dropped when it is gone. @param {string} text */
  say(text) {
    if (this.#control?.readyState === "open") this.#control.send(text);
  }

  /** The control channel as a lane: that of a side connection carries frames. Before anything comes over it. */
  asLane() {
    if (!this.#control) throw new TypeError("neither offered nor answered");
    return new Lane(this.#control);
  }

  /** Opens a reliable, ordered channel in band (RFC 8832). @param {string} label */
  openLane(label) {
    return new Lane(this.#pc.createDataChannel(label));
  }

  /** The longest message both ends take, in bytes. */
  get maxMessageBytes() {
    return Math.min(this.#pc.sctp?.maxMessageSize ?? 65536, 256 * 1024);
  }

  /** The certificates' fingerprints, "AA:BB:…" (RFC 8122); null unless there is exactly one on each side. */
  fingerprints() {
    const local = fingerprintOf(this.#pc.localDescription?.sdp ?? "");
    const remote = fingerprintOf(this.#pc.remoteDescription?.sdp ?? "");
    return local && remote ? { local, remote } : null;
  }

  /** What its statistics say now. */
  async read() {
    return readingOf(new Map(await this.#pc.getStats().then((report) => [...report], () => [])));
  }

  /** At once. What was said before is on its way then: the browser waits for that here, and not when the page goes. */
  close() {
    if (this.#state === "closed") return;
    this.#part();
    this.#pc.close();
  }

  /**
   * Closes once the other end has, as it does when it hears that we leave, and soon in any case: a farewell that was lost is
   * sent again until then. Nobody is listened to meanwhile, and neither voice nor picture goes out.
   */
  async closeHeard() {
    const control = this.#control;
    if (this.#state !== "connected" || control?.readyState !== "open") return this.close();
    this.#part();
    for (const { sender } of this.#slots.values()) void sender.replaceTrack(null);
    const gone = new AbortController();
    addEventListener("pagehide", () => this.#pc.close(), { signal: gone.signal });
    await new Promise((resolve) => {
      control.onclose = resolve;
      setTimeout(resolve, LINGER_MS);
    });
    gone.abort();
    this.#pc.close();
  }

  /** From here on nothing is told any more. */
  #part() {
    this.#state = "closed";
    this.#pc.onicecandidate = this.#pc.onconnectionstatechange = this.#pc.oniceconnectionstatechange = null;
    this.#pc.ondatachannel = null;
    if (this.#control) this.#control.onmessage = null;
  }

  #addControl() {
    this.#control = this.#pc.createDataChannel("control", { negotiated: true, id: 0 });
    this.#control.onopen = () => this.#open();
    this.#control.onmessage = ({ data }) => this.#listen.control(typeof data === "string" ? data : "");
    this.#control.onclose = () => this.#state !== "closed" && this.#listen.controlLost();
  }

  /** @param {Slot} slot @param {RTCRtpTransceiver} transceiver */
  #adopt(slot, transceiver) {
    transceiver.direction = "sendrecv";
    transceiver.sender.setStreams(this.#streams[slot]);
    this.#slots.set(slot, transceiver);
  }

  #localSdp() {
    return this.#pc.localDescription?.sdp ?? "";
  }

  /** @param {RTCIceCandidate | null} found */
  #find(found) {
    if (found?.candidate === "") return; // the end of one m-line's; null is the end of all
    this.#listen.found(found && { candidate: found.candidate, mid: found.sdpMid, index: found.sdpMLineIndex });
  }

  #look() {
    if (this.#state === "closed") return;
    const { connectionState, iceConnectionState } = this.#pc;
    const both = [connectionState, iceConnectionState];
    /** @type {LinkState} */
    let state = "connecting";
    if (both.includes("failed")) state = "failed";
    else if (both.includes("disconnected")) state = "disconnected";
    else if (connectionState === "connected") state = "connected";
    if (state === this.#state) return;
    this.#state = state;
    this.#listen.changed(state);
  }

  /** @param {RTCDataChannel} channel */
  #admit(channel) {
    this.#lanes += 1;
    if (!LANE.test(channel.label) || this.#lanes > MAX_LANES) return channel.close();
    this.#listen.lane(new Lane(channel)); // at once, for its first message may be right behind
  }
}

/** As W3C wants it: members left out instead of null. @param {IceServer} server @returns {RTCIceServer} */
export const plain = ({ urls, username, credential }) => ({
  urls, ...(username !== null && { username }), ...(credential !== null && { credential }),
});

/**
 * The one SHA-256 fingerprint of a description. Null when there is a second one or another hash: that could be what
 * the handshake really checks.
 * @param {string} sdp
 */
export function fingerprintOf(sdp) {
  const found = new Set(Array.from(sdp.matchAll(/^a=fingerprint:(.*?)\s*$/gim), ([, value]) => value.toUpperCase()));
  const [only = ""] = found;
  const match = /^SHA-256 ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})$/.exec(only);
  return found.size === 1 && match ? match[1] : null;
}
