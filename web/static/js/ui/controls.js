// The bar under the thumb: microphone, camera, screen, hand, chat, files, leave.

import { html } from "../../vendor/lit-html/lit-html.js";
import { icon } from "./parts.js";
import { reactView } from "./reactions.js";
import { formatNumber, t } from "./text.js";

/** @typedef {import("../core/snapshot.js").Snapshot} Snapshot */
/** @typedef {"chat" | "files" | "people"} Panel */

/**
 * @typedef {object} ControlIntents
 * @property {(on: boolean) => void} setMic @property {(on: boolean) => void} setCamera
 * @property {(on: boolean) => void} shareScreen @property {(on: boolean) => void} raiseHand
 * @property {(emoji: string) => void} react
 * @property {(panel: Panel) => void} togglePanel @property {() => void} startCall @property {() => void} leave
 */

/**
 * @param {Snapshot["me"]} me @param {"call" | "files"} mode @param {Panel | null} panel
 * @param {Readonly<Record<Panel, number>>} unread @param {ControlIntents} intents
 */
export function controlsView(me, mode, panel, unread, intents) {
  const mic = me.mic === "on";
  const camera = me.camera === "on";
  const canShare = "getDisplayMedia" in (navigator.mediaDevices ?? {});
  return html`<div class="controls" role="group" aria-label=${t("control.bar")}>
    ${mode === "call"
      ? html`
          ${toggle("toggle-mic", mic ? "mic" : "mic-off", "control.mic", mic ? "control.mic_off" : "control.mic_on", mic, () => intents.setMic(!mic))}
          ${toggle("toggle-camera", camera ? "camera" : "camera-off", "control.camera", camera ? "control.camera_off" : "control.camera_on", camera, () => intents.setCamera(!camera))}
          ${canShare
            ? toggle("share-screen", "screen", "control.screen", me.screen ? "control.screen_off" : "control.screen_on", me.screen, () => intents.shareScreen(!me.screen))
            : null}
          ${toggle("raise-hand", "hand", "control.hand", me.hand ? "control.hand_off" : "control.hand_on", me.hand, () => intents.raiseHand(!me.hand))}
          ${reactView(intents.react)}
        `
      : html`<button type="button" class="button" data-testid="start-talking" @click=${intents.startCall}>${icon("camera")} ${t("control.call")}</button>`}
    <span class="controls-gap"></span>
    ${panelToggle("chat", panel, unread.chat, intents)}
    ${mode === "call" ? panelToggle("files", panel, unread.files, intents) : null}
    ${panelToggle("people", panel, unread.people, intents)}
    <button type="button" class="control leave" data-testid="leave" aria-label=${t("control.leave")} title=${t("control.leave")} @click=${intents.leave}>
      ${icon("leave")}
    </button>
  </div>`;
}

/**
 * @param {string} hook @param {string} picture @param {string} name key @param {string} hint key @param {boolean} on
 * @param {() => void} act
 */
function toggle(hook, picture, name, hint, on, act) {
  return html`<button type="button" class="control" data-testid=${hook} aria-pressed=${on} aria-label=${t(name)} title=${t(hint)} @click=${act}>
    ${icon(picture)}
  </button>`;
}

/** @param {Panel} name @param {Panel | null} open @param {number} unread @param {ControlIntents} intents */
function panelToggle(name, open, unread, intents) {
  const on = open === name;
  return html`<button type="button" class="control" data-testid=${`toggle-${name}`} aria-pressed=${on} aria-expanded=${on} aria-controls="panel"
    aria-label=${t(`panel.${name}`)} title=${t(`panel.${name}`)} @click=${() => intents.togglePanel(name)}>
    ${icon(name)}
    ${unread ? html`<span class="badge"><span aria-hidden="true">${formatNumber(unread)}</span><span class="unseen">${t("panel.unread")}</span></span>` : null}
  </button>`;
}
