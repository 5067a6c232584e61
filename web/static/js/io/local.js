// What this side sends: microphone, camera, screen and its sound, each in its slot.

import { LEVEL_SCALE, listDevices, openMedia, openScreen } from "./media.js";
import { watchPermissions } from "./permission.js";
import { treat } from "./treatment.js";
import { Voice } from "./voice.js";

/**
 * @import { DeviceState } from "../core/snapshot.js"
 * @import { Slot } from "./connection.js"
 * @import { Wish } from "./media.js"
 * @import { Sound } from "./treatment.js"
 */
/** @typedef {"mic" | "camera"} Device */
/**
 * @typedef {object} Listener
 * @property {(slot: Slot, track: MediaStreamTrack | null) => void} put  another track stands in the slot
 * @property {() => void} changed
 * @property {(device: Device | "screen", state: DeviceState) => void} unavailable  denied, missing or busy
 * @property {(device: Device) => void} opened  it is to be had after all
 * @property {(device: Device, label: string) => void} switched  another device took the place of one that went, or came back
 * @property {() => void} unheard @property {() => void} silent  as in Voice
 */

export class LocalMedia {
  #listen;
  /** @type {Map<Slot, MediaStreamTrack>} */
  #tracks = new Map();
  /** @type {Record<Device, DeviceState>} */
  #state;
  /** What to ask for; from the lobby, what was chosen there. @type {Record<Device, Wish>} */
  #wish;
  /** Ids of those that went while they were in use: taken again once they are back. @type {Record<Device, string>} */
  #lost = { mic: "", camera: "" };
  /** Those that were asked for here and denied, and whether they would be on: taken once the browser lets us. @type {Map<Device, DeviceState>} */
  #denied = new Map();
  #sound;
  #voice;
  #look = () => {
    for (const device of /** @type {const} */ (["mic", "camera"])) void this.#queue(device, () => this.#takeBack(device));
  };
  /**
   * Of each, one request at a time, so that two quick presses do not open it twice. Not of all together: what the browser
   * asks about one may stay unanswered for long, and one wants to be able to mute meanwhile.
   * @type {Record<Device | "screen", Promise<unknown>>}
   */
  #turns = { mic: Promise.resolve(), camera: Promise.resolve(), screen: Promise.resolve() };
  #unwatch = watchPermissions((device) => void this.#queue(device, () => this.#takeAllowed(device)));
  #over = false;

  /** Own picture and voice; another object whenever a track comes or goes. @type {MediaStream | null} */
  stream = null;
  hand = false;

  /**
   * @param {MediaStream | null} stream @param {Record<Device, DeviceState>} states @param {Sound} sound @param {Listener} listen
   */
  constructor(stream, states, sound, listen) {
    this.#listen = listen;
    this.#sound = sound;
    this.#voice = new Voice(listen);
    this.#state = { ...states };
    const [mic] = stream?.getAudioTracks() ?? [];
    const [camera] = stream?.getVideoTracks() ?? [];
    this.#wish = { mic: mic?.getSettings().deviceId || true, camera: camera?.getSettings().deviceId || true };
    if (mic) this.#adopt("mic", mic);
    if (camera) this.#adopt("camera", camera);
    if (mic) mic.enabled = states.mic === "on";
    if (camera && states.camera !== "on") this.#drop("camera");
    navigator.mediaDevices?.addEventListener("devicechange", this.#look);
    this.#renew();
  }

  get mic() {
    return this.#state.mic;
  }

  get camera() {
    return this.#state.camera;
  }

  /** What the microphone is for. */
  get sound() {
    return this.#sound;
  }

  /** How loud one is to the others, as a root mean square; null while the microphone is off. */
  get level() {
    return this.mic === "on" ? this.#voice.level / LEVEL_SCALE : null;
  }

  get screen() {
    return this.#tracks.has("screen");
  }

  /** What is said to every peer whenever it changes. */
  get announcement() {
    const { mic, camera } = this.#state;
    return { type: /** @type {const} */ ("media"), mic: mic === "on", camera: camera === "on", screen: this.screen, hand: this.hand };
  }

  /** @param {Slot} slot */
  track(slot) {
    return this.#tracks.get(slot) ?? null;
  }

  /** @param {boolean} up */
  raiseHand(up) {
    this.hand = up;
    this.#listen.changed();
  }

  /** Muting keeps the microphone, so that it is back at once. @param {boolean} on */
  setMic(on) {
    return this.#queue("mic", async () => {
      const track = this.#tracks.get("mic");
      if (!track) return on ? this.#open("mic") : undefined;
      track.enabled = on;
      this.#state.mic = on ? "on" : "off";
    });
  }

  /** Off gives the camera back, so that its light goes out. @param {boolean} on */
  setCamera(on) {
    return this.#queue("camera", async () => {
      if (on && !this.#tracks.has("camera")) return this.#open("camera");
      if (!on && this.#tracks.has("camera")) {
        this.#drop("camera");
        this.#state.camera = "off";
      }
    });
  }

  /** @param {boolean} on */
  shareScreen(on) {
    return this.#queue("screen", async () => {
      if (!on) return this.#dropScreen();
      if (this.screen) return;
      const stream = await openScreen();
      if (!(stream instanceof MediaStream)) return this.#listen.unavailable("screen", stream);
      const [screen] = stream.getVideoTracks();
      const [sound] = stream.getAudioTracks();
      screen.contentHint = "detail";
      screen.addEventListener("ended", () => void this.shareScreen(false));
      this.#set("screen", screen);
      if (sound) this.#set("sound", sound);
    });
  }

  /** Another microphone or camera, now and from now on. @param {Device} device @param {string} id */
  use(device, id) {
    return this.#queue(device, async () => {
      this.#wish[device] = id;
      this.#lost[device] = "";
      const before = this.#state[device];
      if (before !== "on" && !this.#tracks.has(device)) return;
      await this.#open(device);
      this.#muteAgain(device, before);
    });
  }

  /** How the microphone sounds, now and from now on: at once where the browser can, else through another track. @param {Sound} sound */
  setSound(sound) {
    this.#sound = sound;
    return this.#queue("mic", async () => {
      const track = this.#tracks.get("mic");
      if (!track) return;
      this.#voice.follow(null, false); // its copy would hold the device to what was so before
      if (await treat(track, sound)) return;
      const before = this.#state.mic;
      await this.#open("mic");
      this.#muteAgain("mic", before);
    });
  }

  /** For good: what the browser still gives afterwards is given back at once. */
  stop() {
    this.#over = true;
    this.#unwatch();
    navigator.mediaDevices?.removeEventListener("devicechange", this.#look);
    for (const slot of [...this.#tracks.keys()]) this.#drop(slot);
    this.#renew();
  }

  /** @param {Device | "screen"} device @param {() => Promise<unknown>} action */
  #queue(device, action) {
    const turn = this.#turns[device].then(action).then(() => {
      this.#renew();
      this.#listen.changed();
    });
    this.#turns[device] = turn;
    return turn;
  }

  /** @param {Device} device @param {DeviceState} before  what it is to be once it is there */
  async #open(device, before = "on") {
    const wished = this.#wish[device];
    const wish = typeof wished !== "string" || (await isThere(device, wished)) ? wished : true;
    const opened = await openMedia({ mic: device === "mic" && wish, camera: device === "camera" && wish, sound: this.#sound });
    const [track] = opened.stream?.getTracks() ?? [];
    if (!track) {
      if (!this.#tracks.has(device)) this.#state[device] = opened[device];
      if (opened[device] === "denied") this.#denied.set(device, before);
      return this.#listen.unavailable(device, opened[device]);
    }
    this.#denied.delete(device);
    this.#adopt(device, track);
    this.#state[device] = "on";
    this.#listen.opened(device);
  }

  /** Another device is as mute as the one before. @param {Device} device @param {DeviceState} before */
  #muteAgain(device, before) {
    const track = this.#tracks.get(device);
    if (device !== "mic" || !track || before !== "off") return;
    track.enabled = false;
    this.#state.mic = "off";
  }

  /** @param {Device} device @param {MediaStreamTrack} track */
  #adopt(device, track) {
    this.#tracks.get(device)?.stop();
    track.addEventListener("ended", () => this.#unplugged(device, track));
    this.#set(device, track);
  }

  /**
   * `ended` comes when a device is pulled out or its permission taken back, not after our own stop(). Another takes its
   * place, if there is one.
   * @param {Device} device @param {MediaStreamTrack} track
   */
  #unplugged(device, track) {
    if (this.#tracks.get(device) !== track) return;
    void this.#queue(device, async () => {
      const before = this.#state[device];
      const id = track.getSettings().deviceId ?? "";
      this.#drop(device);
      this.#state[device] = "missing";
      this.#wish[device] = true;
      this.#lost[device] = id;
      await this.#switch(device, before);
    });
  }

  /** @param {Device} device @param {DeviceState} before */
  async #switch(device, before) {
    await this.#open(device, before);
    this.#muteAgain(device, before);
    const track = this.#tracks.get(device);
    if (track) this.#listen.switched(device, track.label);
  }

  /** A device that went may be back. One that was switched off meanwhile stays off. @param {Device} device */
  async #takeBack(device) {
    const id = this.#lost[device];
    if (!id || !(await isThere(device, id))) return;
    this.#lost[device] = "";
    this.#wish[device] = id;
    if (this.#tracks.has(device) || this.#state[device] === "missing") await this.#switch(device, this.#state[device]);
  }

  /** The browser lets us have what it denied before. @param {Device} device */
  async #takeAllowed(device) {
    const before = this.#denied.get(device);
    if (before === undefined || this.#tracks.has(device)) return;
    await this.#open(device, before);
    this.#muteAgain(device, before);
  }

  /** @param {Slot} slot @param {MediaStreamTrack} track */
  #set(slot, track) {
    if (this.#over) return track.stop();
    this.#tracks.set(slot, track);
    this.#listen.put(slot, track);
  }

  /** @param {Slot} slot */
  #drop(slot) {
    const track = this.#tracks.get(slot);
    if (!track) return;
    this.#tracks.delete(slot);
    track.stop();
    this.#listen.put(slot, null);
  }

  async #dropScreen() {
    this.#drop("screen");
    this.#drop("sound");
  }

  #renew() {
    this.#voice.follow(this.track("mic"), this.mic === "on");
    const mine = [this.track("camera"), this.track("mic")].filter((track) => track !== null);
    const shown = this.stream?.getTracks() ?? [];
    if (mine.length === shown.length && mine.every((track) => shown.includes(track))) return;
    this.stream = mine.length ? new MediaStream(mine) : null;
  }
}

/** @param {Device} device @param {string} id */
async function isThere(device, id) {
  const { mics, cameras } = await listDevices();
  return (device === "mic" ? mics : cameras).some((each) => each.deviceId === id);
}
