// What this side sends: microphone, camera, screen and its sound, each in its slot.

import { listDevices, openMedia, openScreen } from "./media.js";
import { Voice } from "./voice.js";

/**
 * @import { DeviceState } from "../core/snapshot.js"
 * @import { Slot } from "./connection.js"
 * @import { Wish } from "./media.js"
 */
/** @typedef {"mic" | "camera"} Device */
/**
 * @typedef {object} Listener
 * @property {(slot: Slot, track: MediaStreamTrack | null) => void} put  another track stands in the slot
 * @property {() => void} changed
 * @property {(device: Device | "screen", state: DeviceState) => void} unavailable  denied, missing or busy
 * @property {(device: Device, label: string) => void} switched  another device took the place of one that went, or came back
 * @property {() => void} unheard @property {() => void} silent  as in Voice
 */

export class LocalMedia {
  #listen;
  /** @type {Map<Slot, MediaStreamTrack>} */
  #tracks = new Map();
  /** @type {Record<Device, DeviceState>} */
  #state;
  /** @type {Record<Device, Wish>} */
  #wish = { mic: true, camera: true };
  /** Ids of those that went while they were in use: taken again once they are back. @type {Record<Device, string>} */
  #lost = { mic: "", camera: "" };
  #voice;
  #look = () => void this.#queue(() => this.#takeBack());
  /** One request at a time, so that two quick presses do not open a device twice. @type {Promise<unknown>} */
  #turn = Promise.resolve();

  /** Own picture and voice; another object whenever a track comes or goes. @type {MediaStream | null} */
  stream = null;
  hand = false;

  /**
   * @param {MediaStream | null} stream @param {Record<Device, DeviceState>} states @param {Listener} listen
   */
  constructor(stream, states, listen) {
    this.#listen = listen;
    this.#voice = new Voice(listen);
    this.#state = { ...states };
    const [mic] = stream?.getAudioTracks() ?? [];
    const [camera] = stream?.getVideoTracks() ?? [];
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
    return this.#queue(async () => {
      const track = this.#tracks.get("mic");
      if (!track) return on ? this.#open("mic") : undefined;
      track.enabled = on;
      this.#state.mic = on ? "on" : "off";
    });
  }

  /** Off gives the camera back, so that its light goes out. @param {boolean} on */
  setCamera(on) {
    return this.#queue(async () => {
      if (on && !this.#tracks.has("camera")) return this.#open("camera");
      if (!on && this.#tracks.has("camera")) {
        this.#drop("camera");
        this.#state.camera = "off";
      }
    });
  }

  /** @param {boolean} on */
  shareScreen(on) {
    return this.#queue(async () => {
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
    return this.#queue(async () => {
      this.#wish[device] = id;
      this.#lost[device] = "";
      const before = this.#state[device];
      if (before !== "on" && !this.#tracks.has(device)) return;
      await this.#open(device);
      this.#muteAgain(device, before);
    });
  }

  stop() {
    navigator.mediaDevices?.removeEventListener("devicechange", this.#look);
    for (const slot of [...this.#tracks.keys()]) this.#drop(slot);
  }

  /** @param {() => Promise<unknown>} action */
  #queue(action) {
    this.#turn = this.#turn.then(action).then(() => {
      this.#renew();
      this.#listen.changed();
    });
    return /** @type {Promise<void>} */ (this.#turn);
  }

  /** @param {Device} device */
  async #open(device) {
    const wish = this.#wish[device];
    const opened = await openMedia({ mic: device === "mic" && wish, camera: device === "camera" && wish });
    const [track] = opened.stream?.getTracks() ?? [];
    if (!track) {
      if (!this.#tracks.has(device)) this.#state[device] = opened[device];
      return this.#listen.unavailable(device, opened[device]);
    }
    this.#adopt(device, track);
    this.#state[device] = "on";
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
    void this.#queue(async () => {
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
    await this.#open(device);
    this.#muteAgain(device, before);
    const track = this.#tracks.get(device);
    if (track) this.#listen.switched(device, track.label);
  }

  /** A device that went may be back. One that was switched off meanwhile stays off. */
  async #takeBack() {
    const { mics, cameras } = await listDevices();
    for (const [device, there] of /** @type {const} */ ([["mic", mics], ["camera", cameras]])) {
      const id = this.#lost[device];
      if (!id || !there.some((each) => each.deviceId === id)) continue;
      this.#lost[device] = "";
      this.#wish[device] = id;
      if (this.#tracks.has(device) || this.#state[device] === "missing") await this.#switch(device, this.#state[device]);
    }
  }

  /** @param {Slot} slot @param {MediaStreamTrack} track */
  #set(slot, track) {
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
