// What leaves here, shared out among the others: looks once a second at what each link carries and at what the processor
// can do, and has the pictures shaped anew when that changes.

import { MOST_STEPS, encoderFor } from "../core/encoders.js";
import { Uplink } from "../core/uplink.js";

/**
 * @import { Machine } from "../core/encoders.js"
 * @import { Line, Step } from "../core/uplink.js"
 * @import { Peer } from "./peer.js"
 */
/**
 * @typedef {object} Host
 * @property {() => readonly Peer[]} peers
 * @property {() => boolean} shows  whether our camera is on
 * @property {(on: boolean) => void} voiceAlone  somebody gets our voice alone now; or nobody any more
 * @property {() => void} crowded  there are more people than a call from each to each is good for
 */

const EVERY_MS = 1000;
/** Others from which on one is told. */
const MANY = 6;
/** Looks in a row at which the processor is too slow, until it is believed; and until it is looked at again after a change. */
const STRAINED_LOOKS = 5;
const SETTLE_LOOKS = 10;
/** Where a browser does not say what it lets our picture have, losses must: this share of ours did not arrive. */
const LOSSY = 0.25;
const TRIED = { width: 1280, height: 720, framerate: 30, bitrate: 1_500_000 };

export class Sharing {
  #host;
  #uplink = new Uplink();
  #lowData = false;
  /** How many the pictures are shaped for. */
  #shapedFor = 0;
  /** @type {Machine} */
  #machine = { cores: 1, mobile: true, efficient: new Set() };
  #steps = 0;
  /** Below 0 while it settles. */
  #strained = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {Host} host */
  constructor(host) {
    this.#host = host;
  }

  start() {
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
    void machine().then((found) => {
      this.#machine = found;
      this.#reshape(this.#host.peers());
    });
  }

  stop() {
    clearInterval(this.#timer);
  }

  /** How many we are may be another number. */
  follow() {
    const peers = this.#host.peers();
    if (this.#shapedFor === peers.length) return;
    if (peers.length >= MANY && this.#shapedFor < MANY) this.#host.crowded();
    this.#shapedFor = peers.length;
    this.#reshape(peers);
  }

  get others() {
    return this.#host.peers().length;
  }

  get lowData() {
    return this.#lowData;
  }

  /** Whether pictures are to be small, and seldom, both ways. */
  set lowData(on) {
    this.#lowData = on;
    this.#reshape(this.#host.peers());
  }

  /** @param {string} peer @returns {Step} */
  step(peer) {
    return this.#uplink.step(peer);
  }

  /** @param {readonly string[]} offered codecs that both ends have @returns {string | null} null for what the browser takes */
  encoder(offered) {
    return encoderFor(offered, this.#machine, this.others, this.#steps);
  }

  #look() {
    const peers = this.#host.peers();
    const before = this.#uplink.short;
    const moved = new Set(this.#uplink.see(this.#host.shows() ? linesOf(peers) : new Map()));
    for (const peer of peers) {
      if (!moved.has(peer.id)) continue;
      peer.sight.reshape();
      peer.sight.announce();
    }
    if (this.#uplink.short !== before) this.#host.voiceAlone(this.#uplink.short);
    this.#spare(peers);
  }

  /** The codecs that take less come later. @param {readonly Peer[]} peers */
  #spare(peers) {
    if (this.#steps === MOST_STEPS) return;
    const strained = peers.some((peer) => peer.readings.at(-1)?.limited === "cpu");
    this.#strained = strained || this.#strained < 0 ? this.#strained + 1 : 0;
    if (this.#strained < STRAINED_LOOKS) return;
    this.#steps += 1;
    this.#strained = -SETTLE_LOOKS;
    this.#reshape(peers);
  }

  /** @param {readonly Peer[]} peers */
  #reshape(peers) {
    for (const peer of peers) peer.sight.reshape();
  }
}

/** @param {readonly Peer[]} peers @returns {Map<string, Line>} */
function linesOf(peers) {
  /** @type {Map<string, Line>} */
  const lines = new Map();
  for (const peer of peers) {
    const reading = peer.readings.at(-1);
    if (!reading || peer.sight.wish === "none") continue;
    const heard = reading.bytesIn > (peer.readings.at(-2)?.bytesIn ?? 0);
    const allowed = reading.allowed ?? (reading.lostThere > LOSSY ? 0 : Infinity);
    lines.set(peer.id, { heard, allowed, small: peer.sight.wish === "small" });
  }
  return lines;
}

/** What this machine can do. @returns {Promise<Machine>} */
async function machine() {
  const types = ["video/av1", "video/vp9"];
  const asked = types.map((contentType) => navigator.mediaCapabilities?.encodingInfo({ type: "webrtc", video: { contentType, ...TRIED } }));
  const answers = await Promise.allSettled(asked);
  const efficient = types.filter((_, index) => {
    const answer = answers[index];
    return answer.status === "fulfilled" && answer.value?.powerEfficient;
  });
  return { cores: navigator.hardwareConcurrency, mobile: matchMedia("(pointer: coarse)").matches, efficient: new Set(efficient) };
}
