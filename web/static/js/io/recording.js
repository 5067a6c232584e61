// Who records. Our own recording, and who is in it; what the others say of theirs.
//
//     ui ──start, stop──► Recording ──► Recorder, Mixer ──parts──► Reel ──whole──► Recordings ──► download
//     peers ◄─recording──┘  ▲ └──────── who is seen and heard ──► Compositor
//                           └── a link is proven, or lost
//
// Nobody is recorded who could not be told: whoever has not the capability, and whoever was not told yet on the link that
// runs, is left out, picture and voice.

import { Mixer } from "./mixer.js";
import { CAN_RECORD, Recorder } from "./recorder.js";
import { Recordings } from "./recordings.js";
import { openReel } from "./reel.js";

/**
 * @import { RecordingView } from "../core/snapshot.js"
 * @import { Control } from "../gen/messages.js"
 * @import { LocalMedia } from "./local.js"
 * @import { Notices } from "./notices.js"
 * @import { Peer } from "./peer.js"
 * @import { Canvas } from "./recorder.js"
 * @import { Reel } from "./reel.js"
 */
/**
 * @typedef {object} Participant  in a recording
 * @property {string} id  peer id, or "me"
 * @property {string} name
 * @property {"browser" | "headless"} kind
 * @property {MediaStreamTrack | null} picture  null while the camera is off
 */
/** @typedef {{participants: readonly Participant[], screen: Participant | null}} Shot  what is seen; screen: the newest that is shared */
/** @typedef {Canvas & {show: (shot: Shot) => void, end: () => void}} Compositor */
/**
 * @typedef {object} House
 * @property {string} name  ours
 * @property {() => readonly Peer[]} peers
 * @property {LocalMedia} media
 * @property {Notices} notices
 * @property {() => void} changed
 */
/** @typedef {{recorder: Recorder, compositor: Compositor, mixer: Mixer | null, reel: Reel}} Running */

export class Recording {
  #house;
  /** @type {"off" | "starting" | "on" | "stopping"} */
  #state = "off";
  /** @type {Running | null} */
  #running = null;
  /** Those who were told, on the link that runs, that we record. @type {Set<Peer>} */
  #told = new Set();
  /** Those who say that they record. @type {Set<Peer>} */
  #others = new Set();
  /** Who shares a screen, in the order in which they began. @type {readonly string[]} */
  #screens = [];
  #over = false;

  /** @param {House} house */
  constructor(house) {
    this.#house = house;
    this.kept = new Recordings({
      changed: house.changed,
      unsaved: () => house.notices.say("warning", "recording-kept"),
      lost: (title) => house.notices.say("error", "save-failed", { title }),
    });
  }

  /** @returns {RecordingView} */
  get view() {
    const own = CAN_RECORD ? this.#state : "unable";
    return Object.freeze({ own, others: Object.freeze([...this.#others].map(({ id }) => id)), kept: this.kept.views });
  }

  /** Tells everybody, and begins. @param {() => Compositor} composes */
  async start(composes) {
    if (!CAN_RECORD || this.#state !== "off" || this.#over) return;
    this.#turn("starting");
    const mixer = await openMixer();
    try {
      const compositor = composes();
      const recorder = new Recorder(compositor, mixer?.track ?? null);
      this.#running = { recorder, compositor, mixer, reel: await openReel(Date.now(), recorder.ending) };
      if (this.#over) return await this.#finish();
      for (const peer of this.#house.peers()) this.#tell(peer);
      this.#turn("on");
      this.follow();
      await recorder.start(this.#running.reel, (error) => this.#fail(error));
      if (!mixer) this.#house.notices.say("warning", "recording-silent");
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.#house.notices.say("error", "recording-refused");
      if (!this.#running) mixer?.close();
      await this.#finish();
    }
  }

  /** Ends it, and hands what there is to the downloads. */
  async stop() {
    if (this.#state === "on") await this.#finish();
  }

  /** The room is left. */
  end() {
    this.#over = true;
    void this.stop();
  }

  /** A link is proven. @param {Peer} peer */
  greet(peer) {
    if (this.#state === "on") this.#tell(peer);
  }

  /** Its link is gone: neither is it told any more, nor can it record us. @param {Peer} peer */
  unlinked(peer) {
    this.#told.delete(peer);
    this.#others.delete(peer);
    this.#house.changed();
  }

  /** @param {Control} message @param {Peer} peer who says it @returns {boolean} whether it is of such things */
  heard(message, peer) {
    if (message.type !== "recording") return false;
    if (message.on !== this.#others.has(peer)) {
      if (message.on) this.#others.add(peer);
      else this.#others.delete(peer);
      this.#house.notices.say("info", message.on ? "recording-began" : "recording-ended", { name: peer.name });
    }
    return true;
  }

  /** Something in the room has changed: who is there, or what they show. */
  follow() {
    if (this.#state !== "on" || !this.#running) return;
    const { media } = this.#house;
    const others = [...this.#told].filter((peer) => peer.live).map((peer) => peer.view);
    const me = { id: "me", name: this.#house.name, kind: /** @type {const} */ ("browser") };
    const cameras = [
      { ...me, picture: media.camera === "on" ? media.track("camera") : null },
      ...others.map((each) => ({ ...each, picture: each.camera ? pictureOf(each.stream) : null })),
    ];
    const screens = [{ ...me, picture: media.track("screen") }, ...others.map((each) => ({ ...each, picture: pictureOf(each.screenStream) }))];
    this.#running.compositor.show({ participants: cameras, screen: this.#newest(screens.filter(({ picture }) => picture)) });
    const sounds = others.flatMap(({ stream, screenStream }) => [stream, screenStream]).flatMap((stream) => stream?.getAudioTracks() ?? []);
    this.#running.mixer?.follow([media.track("mic"), media.track("sound"), ...sounds].filter((track) => track !== null));
  }

  /** @param {readonly Participant[]} screens that are shared now @returns {Participant | null} */
  #newest(screens) {
    const sharing = screens.map(({ id }) => id);
    this.#screens = [...this.#screens.filter((id) => sharing.includes(id)), ...sharing.filter((id) => !this.#screens.includes(id))];
    return screens.find(({ id }) => id === this.#screens.at(-1)) ?? null;
  }

  /** @param {Peer} peer */
  #tell(peer) {
    if (!peer.live) return;
    if (peer.can("recording")) {
      peer.say({ type: "recording", on: true });
      this.#told.add(peer);
    } else {
      this.#house.notices.say("info", "recording-without", { name: peer.name });
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    if (this.#state !== "on") return;
    const full = error instanceof DOMException && error.name === "QuotaExceededError";
    this.#house.notices.say("error", full ? "recording-full" : "recording-failed");
    void this.#finish();
  }

  async #finish() {
    const running = this.#running;
    this.#running = null;
    this.#turn("stopping");
    const stopped = running?.recorder.stop();
    for (const peer of this.#told) peer.say({ type: "recording", on: false });
    this.#told.clear();
    await stopped;
    running?.compositor.end();
    running?.mixer?.close();
    this.#turn("off");
    if (running) await this.#handOn(running.reel);
  }

  /** @param {Reel} reel */
  async #handOn(reel) {
    if (reel.bytes) this.kept.take(reel);
    const saved = await this.kept.save(reel.id);
    reel.close(); // not before: other tabs would take it for one that nobody saved
    if (saved && reel.kept) this.#house.notices.say("info", "recording-saved");
    if (saved && !reel.kept) this.#house.notices.say("warning", "recording-memory");
  }

  /** @param {"off" | "starting" | "on" | "stopping"} state */
  #turn(state) {
    this.#state = state;
    this.#house.changed();
  }
}

/** @param {MediaStream | null} stream */
const pictureOf = (stream) => stream?.getVideoTracks()[0] ?? null;

/** Null where no sound can be had. */
async function openMixer() {
  try {
    const mixer = new Mixer();
    if (await mixer.runs()) return mixer;
    mixer.close();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // a browser has so many of them and no more
  }
  return null;
}
