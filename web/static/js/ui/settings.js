// In a call, what one would otherwise have had to choose before it: devices, sound, little data, captions.

import { html } from "../../vendor/lit-html/lit-html.js";
import { ReadAlong } from "./captions.js";
import { deviceMenu } from "./devices.js";
import { icon } from "./parts.js";
import { Sound } from "./sound.js";
import { t } from "./text.js";

/** @typedef {import("../core/snapshot.js").Snapshot} Snapshot */
/** @typedef {import("./devices.js").Kind} Kind */

export class Settings {
  #room;
  #list;
  #redraw;
  #sound;
  #captions;
  /** @type {import("./devices.js").Devices} */
  #devices = { mics: [], cameras: [] };

  /** @param {import("../io/room.js").Room} room @param {typeof import("../io/media.js").listDevices} list @param {() => void} redraw @param {AbortSignal} signal ends it */
  constructor(room, list, redraw, signal) {
    this.#room = room;
    this.#list = list;
    this.#redraw = redraw;
    this.#sound = new Sound(redraw, (kind) => void room.media.setSound(kind).then(redraw));
    this.#captions = new ReadAlong(room, redraw, signal);
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.look(), { signal });
    void this.look();
  }

  /** Which devices there are now. */
  async look() {
    const { speakers, ...devices } = await this.#list();
    this.#devices = devices;
    this.#sound.list(speakers);
    this.#redraw();
  }

  /** After each drawing. @param {HTMLElement} host */
  follow(host) {
    this.#sound.follow(host);
    this.#captions.follow();
  }

  /** @param {Snapshot["me"]} me */
  view(me) {
    const [mic] = me.stream?.getAudioTracks() ?? [];
    const [camera] = me.stream?.getVideoTracks() ?? [];
    return html`<div class="settings">
      <h3>${icon("tune")} ${t("people.devices")}</h3>
      ${this.#menu("camera", this.#devices.cameras, camera)} ${this.#menu("mic", this.#devices.mics, mic)}
      ${this.#sound.view(mic ?? null)}
      <label class="check"><input type="checkbox" data-testid="low-data" .checked=${me.lowData}
        @change=${(/** @type {Event} */ event) => this.#room.setLowData(/** @type {HTMLInputElement} */ (event.target).checked)}> ${t("people.low_data")}</label>
      ${this.#captions.choiceView()}
    </div>`;
  }

  /** What the others say, over their pictures. @param {Snapshot["peers"]} peers */
  captionsView(peers) {
    return this.#captions.view(peers);
  }

  /** @param {Kind} kind @param {readonly MediaDeviceInfo[]} devices @param {MediaStreamTrack | undefined} used */
  #menu(kind, devices, used) {
    return deviceMenu({ kind, devices, chosen: used?.getSettings().deviceId ?? "", choose: (id) => void this.#room.media.use(kind, id) });
  }
}
