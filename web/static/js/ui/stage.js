// The pictures: shared screens, the others, oneself. Elements stay where they are; the style alone arranges them.

import { html } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { bringsFiles } from "./dropped.js";
import { icon } from "./parts.js";
import { qualityView } from "./quality.js";
import { passingView } from "./reactions.js";
import { connectionView, faceView, nameOf, pathView, sasView } from "./peer.js";
import { t } from "./text.js";

/** @typedef {import("../core/snapshot.js").Snapshot} Snapshot */
/** @typedef {import("../core/snapshot.js").PeerView} PeerView */

/**
 * @typedef {object} StageIntents
 * @property {(peer: string) => void} explainSafety
 * @property {(peer: string) => void} showFigures
 * @property {(data: DataTransfer, peer: string) => void} dropOn
 * @property {() => void} soundBlocked  the browser will not play sound before a touch
 */

/** @param {Snapshot} snapshot @param {StageIntents} intents @param {unknown} waiting what stands there while alone */
export function stageView(snapshot, intents, waiting) {
  const screens = snapshot.peers.filter((peer) => peer.screen && peer.screenStream);
  return html`<section class="stage" aria-label=${t("room.stage")} data-count=${snapshot.peers.length > 8 ? "many" : snapshot.peers.length} data-screens=${screens.length}>
    ${repeat(screens, (peer) => peer.id, (peer) => screenTile(peer, intents))}
    ${repeat(snapshot.peers, (peer) => peer.id, (peer) => peerTile(peer, snapshot.reactions, intents))}
    ${snapshot.peers.length === 0 ? waiting : null}
    ${selfTile(snapshot.me, snapshot.reactions)}
  </section>`;
}

/** @param {PeerView} peer @param {StageIntents} intents */
function screenTile(peer, intents) {
  return html`<figure class="tile screen" data-screen=${peer.id}>
    <video data-testid="remote-screen" data-peer=${peer.id} data-name=${peer.name} autoplay playsinline .srcObject=${live(peer.screenStream)}
      aria-label=${t("tile.screen", { name: nameOf(peer) })} @loadedmetadata=${(/** @type {Event} */ event) => play(event, intents.soundBlocked)}></video>
    <figcaption class="tile-name">${icon("screen")}<bdi>${nameOf(peer)}</bdi></figcaption>
  </figure>`;
}

/** @param {PeerView} peer @param {Snapshot["reactions"]} reactions @param {StageIntents} intents */
function peerTile(peer, reactions, intents) {
  const name = nameOf(peer);
  /** @param {DragEvent} event */
  const hover = (event) => {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    mark(event, true);
  };
  /** @param {DragEvent} event */
  const drop = (event) => {
    mark(event, false);
    if (!bringsFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    event.stopPropagation(); // to this peer alone
    intents.dropOn(event.dataTransfer, peer.id);
  };
  return html`<article class="tile peer" data-peer=${peer.id} data-camera=${peer.camera} data-state=${peer.state} data-absent=${peer.absent}
    aria-label=${name} @dragover=${hover} @dragleave=${(/** @type {DragEvent} */ event) => mark(event, false)} @drop=${drop}>
    ${faceView(peer, peer.id)}
    <video data-testid="remote-video" data-peer=${peer.id} data-name=${peer.name} data-mic=${peer.mic} data-camera=${peer.camera} data-hand=${peer.hand}
      autoplay playsinline .srcObject=${live(peer.stream)} aria-label=${t("tile.peer", { name })} @loadedmetadata=${(/** @type {Event} */ event) => play(event, intents.soundBlocked)} @resize=${shape}></video>
    ${peer.state === "connected"
      ? null
      : html`<p class="tile-says"><span>${t(`tile.${peer.state}`, { name })}</span></p>`}
    <div class="tile-top">${sasView(peer, intents.explainSafety)} ${pathView(peer)} ${qualityView(peer, intents.showFigures)}</div>
    <div class="tile-name">
      ${peer.hand ? html`<span class="raised" role="img" aria-label=${t("tile.hand")}>${icon("hand")}</span>` : null}
      ${peer.mic ? null : html`<span class="muted" role="img" aria-label=${t("tile.muted")}>${icon("mic-off")}</span>`}
      <bdi>${name}</bdi>
      ${connectionView(peer)}
    </div>
    ${passingView(reactions, peer.id)}
    <p class="tile-drop" aria-hidden="true">${icon("upload")} ${t("tile.drop", { name })}</p>
  </article>`;
}

/** @param {Snapshot["me"]} me @param {Snapshot["reactions"]} reactions */
function selfTile(me, reactions) {
  const camera = me.camera === "on";
  return html`<article class="tile self" data-camera=${camera} aria-label=${t("tile.self")}>
    ${faceView({ name: me.name, kind: "browser" }, "me")}
    <video data-testid="self-video" autoplay playsinline muted .muted=${true} .srcObject=${live(me.stream)} aria-label=${t("tile.self")}></video>
    <div class="tile-name">
      ${me.hand ? html`<span class="raised" role="img" aria-label=${t("tile.hand")}>${icon("hand")}</span>` : null}
      ${me.mic === "on" ? null : html`<span class="muted" role="img" aria-label=${t("tile.muted")}>${icon("mic-off")}</span>`}
      ${me.screen ? html`<span class="muted" role="img" aria-label=${t("tile.sharing")}>${icon("screen")}</span>` : null}
      <span>${t("tile.you")}</span>
    </div>
    ${passingView(reactions, "me")}
  </article>`;
}

/** Sound without a touch before may be refused; then the picture runs silently until there is one. @param {Event} event @param {() => void} blocked */
async function play(event, blocked) {
  const video = /** @type {HTMLVideoElement} */ (event.target);
  try {
    await video.play();
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return;
    video.muted = true;
    blocked();
    await video.play().catch(() => {});
  }
}

/** A picture that stands upright is shown whole. @param {Event} event */
function shape(event) {
  const video = /** @type {HTMLVideoElement} */ (event.target);
  video.dataset.upright = String(video.videoHeight > video.videoWidth);
}

/** @param {DragEvent} event @param {boolean} on */
function mark(event, on) {
  const tile = /** @type {HTMLElement} */ (event.currentTarget);
  if (on || !tile.contains(/** @type {Node | null} */ (event.relatedTarget))) tile.toggleAttribute("data-drop", on);
}
