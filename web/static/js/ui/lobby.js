// Before a call: see yourself, say your name, choose your devices, or come without any.
//
//     asking ──► ready ──► joined        `join` waits while the browser asks; "without" does not

import { html } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { watchPermissions } from "../io/permission.js";
import { treat } from "../io/treatment.js";
import { loadChoices, saveChoices } from "./choices.js";
import { deviceMenu, deviceTrouble } from "./devices.js";
import { isToLock, markToLock, mayHost } from "./made.js";
import { icon, mount } from "./parts.js";
import { Sound } from "./sound.js";
import { t } from "./text.js";
import { unblockView } from "./unblock.js";

/** @typedef {import("../core/snapshot.js").DeviceState} DeviceState */
/** @typedef {import("./devices.js").Kind} Kind */
/** @typedef {typeof import("../io/media.js")} MediaModule */
/** @typedef {{name: string, stream: MediaStream | null, mic: DeviceState, camera: DeviceState, locked: boolean}} Entrance */

const MAX_NAME = 64;

export class Lobby {
  #media;
  #enter;
  #room;
  #made;
  #locked;
  #sound;
  #redraw;
  #choices = loadChoices();
  #stream = new MediaStream();
  /** @type {Record<Kind, DeviceState>} */
  #state = { mic: "none", camera: "none" };
  /** @type {import("./devices.js").Devices} */
  #devices = { mics: [], cameras: [] };
  /** @type {Promise<void>} */
  #asked = Promise.resolve();
  /** Requests under way. */
  #asking = 0;
  #entering = false;
  #page = new AbortController();
  #stopLevel = () => {};

  /**
   * @param {HTMLElement} host @param {MediaModule} media @param {(entrance: Entrance) => void} enter
   * @param {string} room its public name: whoever made it may lock it
   */
  constructor(host, media, enter, room) {
    this.#room = room;
    this.#made = mayHost(room);
    this.#locked = isToLock(room);
    this.#media = media;
    this.#enter = enter;
    this.#sound = new Sound(() => this.#redraw(), (kind) => void this.#treat(kind));
    this.#redraw = mount(host, () => this.#view());
    const { signal } = this.#page;
    navigator.mediaDevices?.addEventListener("devicechange", this.#list, { signal });
    addEventListener("pagehide", () => this.#keep(), { signal }); // as when one chooses another language
    signal.addEventListener("abort", watchPermissions((device) => this.#allowed(device)));
    this.#ask({ mic: this.#choices.mic, camera: this.#choices.camera });
  }

  /** Goes in with what there is, once the browser has done asking. */
  async enter() {
    this.#entering = true;
    this.#redraw();
    await this.#asked;
    this.#leaveFor(this.#stream, this.#state);
  }

  /** Goes in now, without camera and microphone. */
  #enterWithout() {
    for (const track of this.#stream.getTracks()) this.#drop(track);
    this.#leaveFor(null, { mic: "none", camera: "none" });
  }

  /** @param {MediaStream | null} stream @param {Record<Kind, DeviceState>} state */
  #leaveFor(stream, { mic, camera }) {
    if (this.#page.signal.aborted) return;
    this.#page.abort();
    this.#stopLevel();
    this.#keep();
    this.#enter({ name: this.#choices.name.trim(), stream: stream?.getTracks().length ? stream : null, mic, camera, locked: this.#locked });
  }

  #keep() {
    const { name, mic, camera, micId, cameraId } = this.#choices;
    saveChoices({ name, mic, camera, micId, cameraId });
  }

  /** Asks for what is wanted and not there, once everything before was answered. @param {Record<Kind, boolean>} wanted */
  #ask(wanted) {
    this.#asking += 1;
    this.#redraw();
    this.#asked = this.#asked.then(() => this.#open(wanted));
  }

  /** The browser may use it after all, or may ask. @param {Kind} kind */
  #allowed(kind) {
    if (this.#state[kind] === "denied") this.#ask({ mic: kind === "mic", camera: kind === "camera" });
  }

  /** At once where the browser can, else through another track. @param {import("./sound.js").Kind} kind */
  async #treat(kind) {
    const [track] = this.#stream.getAudioTracks();
    if (track && !(await treat(track, kind))) this.#ask({ mic: true, camera: false });
    this.#redraw();
  }

  /** @param {Record<Kind, boolean>} wanted */
  async #open(wanted) {
    const { micId, cameraId } = this.#choices;
    const devices = await this.#media.listDevices();
    const found = await this.#media.openMedia({
      mic: wanted.mic && (has(devices.mics, micId) ? micId : true),
      camera: wanted.camera && (has(devices.cameras, cameraId) ? cameraId : true),
      sound: this.#sound.kind,
    });
    if (this.#page.signal.aborted) return found.stream?.getTracks().forEach((track) => track.stop());
    if (wanted.mic) this.#state.mic = found.mic;
    if (wanted.camera) this.#state.camera = found.camera;
    for (const track of found.stream?.getTracks() ?? []) {
      for (const old of this.#stream.getTracks()) if (old.kind === track.kind) this.#drop(old);
      this.#stream.addTrack(track);
    }
    this.#asking -= 1;
    this.#stopLevel();
    this.#stopLevel = this.#media.watchLevel(this.#stream, showLevel);
    await this.#list();
  }

  #list = async () => {
    const { speakers, ...devices } = await this.#media.listDevices();
    this.#devices = devices;
    this.#sound.list(speakers);
    this.#redraw();
  };

  /** @param {MediaStreamTrack} track */
  #drop(track) {
    track.stop();
    this.#stream.removeTrack(track);
  }

  /** A device that is off is given back, so that its light goes out. @param {Kind} kind */
  #toggle(kind) {
    const on = this.#state[kind] !== "on";
    this.#choices[kind] = on;
    if (on) return this.#ask({ mic: kind === "mic", camera: kind === "camera" });
    for (const track of kind === "mic" ? this.#stream.getAudioTracks() : this.#stream.getVideoTracks()) this.#drop(track);
    this.#state[kind] = "off";
    this.#redraw();
  }

  /** @param {Kind} kind @param {string} id */
  #choose(kind, id) {
    this.#choices[kind === "mic" ? "micId" : "cameraId"] = id;
    this.#ask({ mic: kind === "mic", camera: kind === "camera" });
  }

  #view() {
    const trouble = deviceTrouble(this.#state.mic, this.#state.camera);
    /** @param {Event} event */
    const named = (event) => {
      this.#choices.name = /** @type {HTMLInputElement} */ (event.target).value;
    };
    /** @param {SubmitEvent} event */
    const submit = (event) => {
      event.preventDefault();
      void this.enter();
    };
    /** @param {Event} event */
    const lock = (event) => {
      this.#locked = /** @type {HTMLInputElement} */ (event.target).checked;
      markToLock(this.#room, this.#locked);
    };
    const retry = () => this.#ask({ mic: this.#state.mic !== "on", camera: this.#state.camera !== "on" });
    // A stream without a picture would hold up the page's load event for good.
    const picture = this.#stream.getVideoTracks().length ? this.#stream : null;
    return html`<section class="lobby">
      <div class="mirror" data-camera=${this.#state.camera}>
        <video data-testid="preview" autoplay playsinline muted .muted=${true} .srcObject=${live(picture)}
          aria-label=${t("lobby.preview")}></video>
        <p class="mirror-says">${this.#mirrorSays()}</p>
        <div class="mirror-controls">${this.#toggleView("mic")} ${this.#toggleView("camera")}</div>
      </div>
      <form class="lobby-form" @submit=${submit}>
        <h1>${t("lobby.title")}</h1>
        <div class="field">
          <label for="name">${t("lobby.name")}</label>
          <input class="input" id="name" data-testid="name-input" maxlength=${MAX_NAME} autocomplete="nickname" dir="auto"
            placeholder=${t("lobby.name_hint")} .value=${this.#choices.name} @input=${named}>
        </div>
        ${this.#devicesView(trouble !== null)}
        ${trouble
          ? html`<div class="trouble" role="alert" data-testid="device-error">
              ${icon("warning")}
              <p>${trouble}</p>
              ${this.#state.mic === "denied" || this.#state.camera === "denied" ? unblockView() : null}
              <button type="button" class="button small" @click=${retry}>${icon("retry")} ${t("lobby.retry")}</button>
            </div>`
          : null}
        ${this.#made
          ? html`<label class="check"><input type="checkbox" data-testid="lock" .checked=${this.#locked}
              @change=${lock}> ${t("door.lock")}</label>`
          : null}
        <details class="fold" @toggle=${reveal}>
          <summary data-testid="sound-settings">${icon("tune")} ${t("lobby.sound")}</summary>
          ${this.#sound.view(this.#stream.getAudioTracks()[0] ?? null)}
        </details>
        <div class="lobby-go">
          <button type="submit" class="button primary" data-testid="join" ?disabled=${this.#entering}>
            ${icon("phone")} ${trouble && !this.#stream.getTracks().length ? t("lobby.join_without") : t("lobby.join")}
          </button>
          ${this.#asking > 0
            ? html`<button type="button" class="button plain" @click=${() => this.#enterWithout()}>${t("lobby.join_without")}</button>`
            : null}
        </div>
        <p class="lobby-note">${icon("shield")} ${t("lobby.private")}</p>
      </form>
    </section>`;
  }

  /** Where the browser names none there is nothing to choose. @param {boolean} trouble */
  #devicesView(trouble) {
    const { cameras, mics } = this.#devices;
    if (trouble && ![...cameras, ...mics].some((device) => device.label)) return null;
    return html`<div class="lobby-devices">
      ${deviceMenu({ kind: "camera", devices: cameras, chosen: this.#choices.cameraId, choose: (id) => this.#choose("camera", id) })}
      ${deviceMenu({ kind: "mic", devices: mics, chosen: this.#choices.micId, choose: (id) => this.#choose("mic", id) })}
      <meter class="level" min="0" max="1" value="0" aria-label=${t("lobby.level")}></meter>
    </div>`;
  }

  #mirrorSays() {
    if (this.#asking > 0) return t("lobby.asking");
    return this.#state.camera === "on" ? "" : t("lobby.camera_off");
  }

  /** @param {Kind} kind */
  #toggleView(kind) {
    const on = this.#state[kind] === "on";
    const label = t(on ? `control.${kind}_off` : `control.${kind}_on`);
    return html`<button type="button" class="control" data-testid=${`toggle-${kind}`} aria-pressed=${on} aria-label=${t(`control.${kind}`)}
      title=${label} ?disabled=${this.#asking > 0} @click=${() => this.#toggle(kind)}>${icon(on ? kind : `${kind}-off`)}</button>`;
  }
}

/** What was unfolded comes into sight. @param {Event} event */
function reveal({ target }) {
  if (target instanceof HTMLDetailsElement && target.open) target.scrollIntoView({ block: "nearest" });
}

/** Ten times a second, past the template: only this number changes. @param {number} level */
function showLevel(level) {
  const meter = document.querySelector(".level");
  if (meter instanceof HTMLMeterElement) meter.value = level;
}

/** @param {readonly MediaDeviceInfo[]} devices @param {string} id */
const has = (devices, id) => id !== "" && devices.some((device) => device.deviceId === id);
