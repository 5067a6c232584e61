// Before a call: see yourself, say your name, choose your devices, or come without any.
//
//     asking ──► ready ──► joined        `join` waits while the browser asks; "without" does not

import { html } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { loadChoices, saveChoices } from "./choices.js";
import { deviceMenu, deviceTrouble } from "./devices.js";
import { icon, mount } from "./parts.js";
import { t } from "./text.js";

/** @typedef {import("../core/snapshot.js").DeviceState} DeviceState */
/** @typedef {import("./devices.js").Kind} Kind */
/** @typedef {typeof import("../io/media.js")} MediaModule */
/** @typedef {{name: string, stream: MediaStream | null, mic: DeviceState, camera: DeviceState, locked: boolean}} Entrance */

const MAX_NAME = 64;

export class Lobby {
  #media;
  #enter;
  #made;
  #locked = false;
  #redraw;
  #choices = loadChoices();
  #stream = new MediaStream();
  /** @type {Record<Kind, DeviceState>} */
  #state = { mic: "none", camera: "none" };
  /** @type {import("./devices.js").Devices} */
  #devices = { mics: [], cameras: [] };
  /** @type {Promise<void>} */
  #asked = Promise.resolve();
  #asking = false;
  #entering = false;
  #gone = false;
  #stopLevel = () => {};

  /**
   * @param {HTMLElement} host @param {MediaModule} media @param {(entrance: Entrance) => void} enter
   * @param {boolean} made whether this visitor made the room, and so may lock it
   */
  constructor(host, media, enter, made) {
    this.#made = made;
    this.#media = media;
    this.#enter = enter;
    this.#redraw = mount(host, () => this.#view());
    navigator.mediaDevices?.addEventListener("devicechange", this.#list);
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
    if (this.#gone) return;
    this.#gone = true;
    this.#stopLevel();
    navigator.mediaDevices?.removeEventListener("devicechange", this.#list);
    saveChoices(this.#choices);
    this.#enter({ name: this.#choices.name.trim(), stream: stream?.getTracks().length ? stream : null, mic, camera, locked: this.#locked });
  }

  /** Asks for what is wanted and not there. @param {Record<Kind, boolean>} wanted */
  #ask(wanted) {
    this.#asking = true;
    this.#redraw();
    this.#asked = this.#open(wanted);
  }

  /** @param {Record<Kind, boolean>} wanted */
  async #open(wanted) {
    const { micId, cameraId } = this.#choices;
    const devices = await this.#media.listDevices();
    const found = await this.#media.openMedia({
      mic: wanted.mic && (has(devices.mics, micId) ? micId : true),
      camera: wanted.camera && (has(devices.cameras, cameraId) ? cameraId : true),
    });
    if (this.#gone) return found.stream?.getTracks().forEach((track) => track.stop());
    if (wanted.mic) this.#state.mic = found.mic;
    if (wanted.camera) this.#state.camera = found.camera;
    for (const track of found.stream?.getTracks() ?? []) {
      for (const old of this.#stream.getTracks()) if (old.kind === track.kind) this.#drop(old);
      this.#stream.addTrack(track);
    }
    this.#asking = false;
    this.#stopLevel();
    this.#stopLevel = this.#media.watchLevel(this.#stream, showLevel);
    await this.#list();
  }

  #list = async () => {
    this.#devices = await this.#media.listDevices();
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
        <div class="lobby-devices">
          ${deviceMenu({ kind: "camera", devices: this.#devices.cameras, chosen: this.#choices.cameraId, choose: (id) => this.#choose("camera", id) })}
          ${deviceMenu({ kind: "mic", devices: this.#devices.mics, chosen: this.#choices.micId, choose: (id) => this.#choose("mic", id) })}
          <meter class="level" min="0" max="1" value="0" aria-label=${t("lobby.level")}></meter>
        </div>
        ${trouble
          ? html`<div class="trouble" role="alert" data-testid="device-error">
              ${icon("warning")}
              <p>${trouble}</p>
              <button type="button" class="button small" @click=${retry}>${icon("retry")} ${t("lobby.retry")}</button>
            </div>`
          : null}
        ${this.#made
          ? html`<label class="check"><input type="checkbox" data-testid="lock" .checked=${this.#locked}
              @change=${(/** @type {Event} */ event) => (this.#locked = /** @type {HTMLInputElement} */ (event.target).checked)}> ${t("door.lock")}</label>`
          : null}
        <div class="lobby-go">
          <button type="submit" class="button primary" data-testid="join" ?disabled=${this.#entering}>
            ${icon("phone")} ${trouble && !this.#stream.getTracks().length ? t("lobby.join_without") : t("lobby.join")}
          </button>
          ${this.#asking
            ? html`<button type="button" class="button plain" @click=${() => this.#enterWithout()}>${t("lobby.join_without")}</button>`
            : null}
        </div>
        <p class="lobby-note">${icon("shield")} ${t("lobby.private")}</p>
      </form>
    </section>`;
  }

  #mirrorSays() {
    if (this.#asking) return t("lobby.asking");
    return this.#state.camera === "on" ? "" : t("lobby.camera_off");
  }

  /** @param {Kind} kind */
  #toggleView(kind) {
    const on = this.#state[kind] === "on";
    const label = t(on ? `control.${kind}_off` : `control.${kind}_on`);
    return html`<button type="button" class="control" data-testid=${`toggle-${kind}`} aria-pressed=${on} aria-label=${t(`control.${kind}`)}
      title=${label} ?disabled=${this.#asking} @click=${() => this.#toggle(kind)}>${icon(on ? kind : `${kind}-off`)}</button>`;
  }
}

/** Ten times a second, past the template: only this number changes. @param {number} level */
function showLevel(level) {
  const meter = document.querySelector(".level");
  if (meter instanceof HTMLMeterElement) meter.value = level;
}

/** @param {readonly MediaDeviceInfo[]} devices @param {string} id */
const has = (devices, id) => id !== "" && devices.some((device) => device.deviceId === id);
