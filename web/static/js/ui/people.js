// Who is here, how they are reached, and what may be done about them.

import { html } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
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
