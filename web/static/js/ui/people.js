// Who is here and how they are reached, how others come, and which devices are used.

import { html } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { deviceMenu } from "./devices.js";
import { icon } from "./parts.js";
import { connectionView, faceView, nameOf, pathView, sasView } from "./peer.js";
import { t } from "./text.js";

/** @typedef {import("../core/snapshot.js").Snapshot} Snapshot */
/** @typedef {import("../core/snapshot.js").PeerView} PeerView */

/**
 * The list where no tiles show the peers.
 * @param {Snapshot["peers"]} peers @param {(peer: string) => void} explainSafety
 */
export function peersView(peers, explainSafety) {
  return html`<ul class="peers" aria-label=${t("panel.people")}>
    ${repeat(peers, (peer) => peer.id, (peer) => html`<li class="peer-row" data-peer=${peer.id}>
      ${faceView(peer, peer.id)}
      <div><h2><bdi>${nameOf(peer)}</bdi></h2>${connectionView(peer)} ${pathView(peer)}</div>
      ${sasView(peer, explainSafety)}
    </li>`)}
  </ul>`;
}

/**
 * @typedef {object} RosterIntents
 * @property {(peer: string) => void} explainSafety @property {(peer: string) => void} showFigures
 * @property {(peer: string) => void} askMute @property {(peer: string) => void} remove
 */

/** The list beside the tiles. @param {Pick<Snapshot, "me" | "peers" | "door">} room @param {RosterIntents} intents */
export function rosterView({ me, peers, door }, intents) {
  return html`<ul class="roster" aria-label=${t("panel.people")}>
    <li><bdi>${me.name || t("tile.you")}</bdi> ${me.name ? html`<span class="hint">${t("tile.you")}</span>` : null}</li>
    ${repeat(peers, (peer) => peer.id, (peer) => html`<li>
      <bdi>${nameOf(peer)}</bdi> <span class="hint">${t(`connection.${peer.state}`)}</span> ${sasView(peer, intents.explainSafety, "roster-sas")}
      <span class="roster-acts">
        ${act("show-figures", "signal", "quality.title", peer, intents.showFigures, "dialog")}
        ${peer.mic ? act("ask-mute", "mic-off", "door.ask_mute", peer, intents.askMute) : null}
        ${door.mine ? act("remove-peer", "close", "door.remove", peer, intents.remove) : null}
      </span>
    </li>`)}
  </ul>`;
}

/**
 * What may be done about somebody.
 * @param {string} hook @param {string} picture @param {string} words key, with a name @param {PeerView} peer
 * @param {(peer: string) => void} does @param {"dialog"} [opens]
 */
function act(hook, picture, words, peer, does, opens) {
  const label = t(words, { name: nameOf(peer) });
  return html`<button type="button" class="round quiet" data-testid=${hook} data-peer=${peer.id} aria-haspopup=${opens ?? "false"}
    aria-label=${label} title=${label} @click=${() => does(peer.id)}>${icon(picture)}</button>`;
}

/**
 * @param {Snapshot["me"]} me @param {import("./devices.js").Devices} devices
 * @param {{choose: (kind: import("./devices.js").Kind, id: string) => void, lowData: (on: boolean) => void}} intents
 */
export function settingsView(me, devices, { choose, lowData }) {
  const chosen = chosenIn(me.stream);
  return html`<div class="settings">
    <h3>${icon("tune")} ${t("people.devices")}</h3>
    ${deviceMenu({ kind: "camera", devices: devices.cameras, chosen: chosen.camera, choose: (id) => choose("camera", id) })}
    ${deviceMenu({ kind: "mic", devices: devices.mics, chosen: chosen.mic, choose: (id) => choose("mic", id) })}
    <label class="check"><input type="checkbox" data-testid="low-data" .checked=${me.lowData}
      @change=${(/** @type {Event} */ event) => lowData(/** @type {HTMLInputElement} */ (event.target).checked)}> ${t("people.low_data")}</label>
  </div>`;
}

/** The devices whose tracks a stream carries. @param {MediaStream | null} stream */
function chosenIn(stream) {
  /** @param {MediaStreamTrack | undefined} track */
  const idOf = (track) => track?.getSettings().deviceId ?? "";
  return { mic: idOf(stream?.getAudioTracks()[0]), camera: idOf(stream?.getVideoTracks()[0]) };
}
