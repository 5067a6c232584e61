// How one hears and is heard: which speaker, a sound to try it, and what the microphone is for. In the lobby and in a call.

import { html } from "../../vendor/lit-html/lit-html.js";
import { chime } from "../io/chime.js";
import { departures } from "../io/treatment.js";
import { loadChoices, saveChoices } from "./choices.js";
import { icon } from "./parts.js";
import { formatList, t } from "./text.js";

/** @typedef {import("../io/treatment.js").Sound} Kind */

/** Safari and phones have one way for all sound. */
const DIRECTS = "setSinkId" in HTMLMediaElement.prototype;
/** Firefox shows the speakers itself, and tells the page of the one that was chosen. */
const ASKS = DIRECTS && "selectAudioOutput" in (navigator.mediaDevices ?? {});

export class Sound {
  #redraw;
  #treat;
  #kind;
  #speakerId;
  /** @type {readonly MediaDeviceInfo[]} */
  #speakers = [];
  /** @type {"waits" | "plays" | "played" | "silent"} */
  #test = "waits";

  /** @param {() => void} redraw @param {(kind: Kind) => void} treat  the microphone is for something else from now on */
  constructor(redraw, treat) {
    this.#redraw = redraw;
    this.#treat = treat;
    ({ sound: this.#kind, speakerId: this.#speakerId } = loadChoices());
  }

  /** What the microphone is for. */
  get kind() {
    return this.#kind;
  }

  /** The devices were listed, for the first time or again. @param {readonly MediaDeviceInfo[]} speakers */
  list(speakers) {
    this.#speakers = DIRECTS ? speakers.filter((each) => each.deviceId && each.label) : [];
  }

  /** After each drawing: all the others come out of the chosen speaker. @param {HTMLElement} host */
  follow(host) {
    if (!DIRECTS) return;
    for (const video of host.querySelectorAll("video")) {
      if (video.closest(".self") || (video.dataset.speaker ?? "") === this.#speaker) continue;
      video.dataset.speaker = this.#speaker; // asked once: what cannot be had stays with the system's
      void video.setSinkId(this.#speaker).catch(() => {});
    }
  }

  /** The chosen one for as long as it is there, else the system's. */
  get #speaker() {
    return this.#speakers.some((each) => each.deviceId === this.#speakerId) ? this.#speakerId : "";
  }

  /** @param {MediaStreamTrack | null} mic as it is sent, or would be */
  view(mic) {
    return html`<div class="sound-settings">
      ${this.#speakerView()}
      <div class="try">
        <button type="button" class="button small" data-testid="speaker-test" data-state=${this.#test}
          @click=${() => void this.#try()}>${icon("sound")} ${t("sound.test")}</button>
        <p class="hint" role="status">${this.#test === "waits" ? null : t(`sound.test_${this.#test}`)}</p>
      </div>
      ${this.#kindView(mic)}
    </div>`;
  }

  #speakerView() {
    if (!this.#speakers.length && !ASKS) return null;
    const chosen = this.#speaker || (this.#speakers.find((each) => each.deviceId === "default")?.deviceId ?? "");
    /** @param {Event} event */
    const change = (event) => this.#choose(/** @type {HTMLSelectElement} */ (event.target).value);
    return html`<div class="field">
      <label for="choose-speaker">${t("device.speaker")}</label>
      <div class="joined">
        <select class="select" id="choose-speaker" data-testid="speaker" .value=${chosen} @change=${change}>
          ${this.#speakers.some((each) => each.deviceId === "default") ? null : html`<option value="" ?selected=${chosen === ""}>${t("sound.system")}</option>`}
          ${this.#speakers.map((each) => html`<option value=${each.deviceId} ?selected=${each.deviceId === chosen}>${each.label}</option>`)}
        </select>
        ${ASKS ? html`<button type="button" class="button small" data-testid="another-speaker" @click=${() => void this.#ask()}>${t("sound.another")}</button>` : null}
      </div>
    </div>`;
  }

  /** @param {MediaStreamTrack | null} mic */
  #kindView(mic) {
    const departs = mic?.readyState === "live" ? departures(mic, this.#kind) : [];
    /** @param {Event} event */
    const change = (event) => {
      this.#kind = /** @type {HTMLSelectElement} */ (event.target).value === "music" ? "music" : "speech";
      saveChoices({ sound: this.#kind });
      this.#treat(this.#kind);
      this.#redraw();
    };
    return html`<div class="field">
      <label for="sound-kind">${t("sound.kind")}</label>
      <select class="select" id="sound-kind" data-testid="sound-kind" aria-describedby="sound-says" .value=${this.#kind} @change=${change}>
        <option value="speech" ?selected=${this.#kind === "speech"}>${t("sound.speech")}</option>
        <option value="music" ?selected=${this.#kind === "music"}>${t("sound.music")}</option>
      </select>
      <p class="hint" id="sound-says" data-testid="sound-says" data-departs=${departs.join(" ")}>${t(`sound.${this.#kind}_text`)}
        ${departs.length ? t(`sound.${this.#kind}_departs`, { what: formatList(departs.map((step) => t(`sound.${step}`))) }) : null}</p>
    </div>`;
  }

  /** @param {string} id */
  #choose(id) {
    this.#speakerId = id;
    this.#test = "waits";
    saveChoices({ speakerId: id });
    this.#redraw();
  }

  async #ask() {
    const devices = /** @type {{selectAudioOutput(): Promise<MediaDeviceInfo>}} */ (/** @type {unknown} */ (navigator.mediaDevices));
    const picked = await devices.selectAudioOutput().catch(() => null); // the person thought better of it
    if (!picked) return;
    this.#speakers = [...this.#speakers.filter((each) => each.deviceId !== picked.deviceId), picked];
    this.#choose(picked.deviceId);
  }

  async #try() {
    if (this.#test === "plays") return;
    this.#test = "plays";
    this.#redraw();
    this.#test = await chime(this.#speaker).then(() => "played", () => "silent");
    this.#redraw();
  }
}
