// Which camera and microphone: two menus and a level, in the lobby and inside the room.

import { html } from "../../vendor/lit-html/lit-html.js";
import { t } from "./text.js";

/** @typedef {{mics: readonly MediaDeviceInfo[], cameras: readonly MediaDeviceInfo[]}} Devices */
/** @typedef {"mic" | "camera"} Kind */

/**
 * @param {object} menu
 * @param {Kind} menu.kind @param {readonly MediaDeviceInfo[]} menu.devices @param {string} menu.chosen id, "" for the first
 * @param {(id: string) => void} menu.choose
 */
export function deviceMenu({ kind, devices, chosen, choose }) {
  const named = devices.filter((device) => device.deviceId && device.label);
  const current = named.some((device) => device.deviceId === chosen) ? chosen : (named[0]?.deviceId ?? "");
  /** @param {Event} event */
  const change = (event) => choose(/** @type {HTMLSelectElement} */ (event.target).value);
  return html`<div class="field">
    <label for=${`choose-${kind}`}>${t(`device.${kind}`)}</label>
    <select class="select" id=${`choose-${kind}`} ?disabled=${named.length === 0} .value=${current} @change=${change}>
      ${named.length
        ? named.map((device) => html`<option value=${device.deviceId} ?selected=${device.deviceId === current}>${device.label}</option>`)
        : html`<option value="">${t(`device.${kind}.none`)}</option>`}
    </select>
  </div>`;
}

/**
 * The sentence about devices that were wanted and could not be had, or null.
 * @param {import("../core/snapshot.js").DeviceState} mic @param {import("../core/snapshot.js").DeviceState} camera
 */
export function deviceTrouble(mic, camera) {
  const bad = ["denied", "missing", "busy"];
  if (bad.includes(mic) && mic === camera) return t(`device.both.${mic}`);
  const sentences = [];
  if (bad.includes(camera)) sentences.push(t(`device.camera.${camera}`));
  if (bad.includes(mic)) sentences.push(t(`device.mic.${mic}`));
  return sentences.length ? sentences.join(" ") : null;
}
