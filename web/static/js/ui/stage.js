// The pictures: shared screens, the others, oneself. Elements stay where they are; the style alone arranges them.

import { html } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { screenOf } from "../core/layout.js";
import { bringsFiles } from "./dropped.js";
import { icon } from "./parts.js";
import { qualityView } from "./quality.js";
import { passingView } from "./reactions.js";
import { connectionView, faceView, nameOf, pathView, sasView } from "./peer.js";
import { t } from "./text.js";
import { recordsView } from "./recording.js";
import { reveal, sizeOf, toolsView } from "./tools.js";

/** @typedef {import("../core/snapshot.js").Snapshot} Snapshot */
/** @typedef {import("../core/snapshot.js").PeerView} PeerView */
/** @typedef {import("./tools.js").Arrangement} Arrangement */

const AGAIN_MS = 500;

/**
 * @typedef {object} Own
 * @property {(peer: string) => void} explainSafety
 * @property {(peer: string) => void} showFigures
 * @property {(data: DataTransfer, peer: string) => void} dropOn
 * @property {() => void} soundBlocked  the browser will not play sound before a touch
 */
/** @typedef {Own & import("./tools.js").ToolIntents} StageIntents */

/** Those whose screen is there to be seen. @param {Snapshot["peers"]} peers */
export const sharing = (peers) => peers.filter((peer) => peer.screen && peer.screenStream);

/** @param {Snapshot} snapshot @param {Arrangement} arrangement @param {StageIntents} intents @param {unknown} waiting what stands there while alone */
export function stageView(snapshot, arrangement, intents, waiting) {
  const { peers } = snapshot;
  const screens = sharing(peers);
  const pictures = peers.length + screens.length;
  return html`<section class="stage" data-testid="stage" aria-label=${t("room.stage")} data-layout=${arrangement.plan.shape} data-count=${pictures > 8 ? "many" : pictures} @click=${reveal}>
    ${repeat(screens, (peer) => peer.id, (peer) => screenTile(peer, arrangement, intents))}
    ${repeat(peers, (peer) => peer.id, (peer) => peerTile(peer, snapshot, arrangement, intents))}
    ${peers.length === 0 ? waiting : null}
    ${selfTile(snapshot, sizeOf(arrangement.plan, "me"))}
  </section>`;
}

/** @param {PeerView} peer @param {Arrangement} arrangement @param {StageIntents} intents */
function screenTile(peer, arrangement, intents) {
  const tile = screenOf(peer.id);
  return html`<figure class="tile screen" data-screen=${peer.id} data-tile=${tile} data-size=${sizeOf(arrangement.plan, tile)} ?data-filled=${arrangement.filled === tile} @dblclick=${filling(intents)}>
    <video data-testid="remote-screen" data-peer=${peer.id} data-name=${peer.name} autoplay playsinline .srcObject=${live(peer.screenStream)}
      aria-label=${t("tile.screen", { name: nameOf(peer) })} @error=${playAgain} @loadedmetadata=${(/** @type {Event} */ event) => play(event, intents.soundBlocked)}></video>
    <div class="tile-top">${toolsView({ tile, name: nameOf(peer), screen: true, shows: true }, arrangement, intents)}</div>
    <figcaption class="tile-name">${icon("screen")}<bdi>${nameOf(peer)}</bdi></figcaption>
  </figure>`;
}

/** @param {PeerView} peer @param {Snapshot} snapshot @param {Arrangement} arrangement @param {StageIntents} intents */
function peerTile(peer, { reactions, talk, recording }, arrangement, intents) {
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
    data-tile=${peer.id} data-size=${sizeOf(arrangement.plan, peer.id)} ?data-filled=${arrangement.filled === peer.id} aria-label=${name} @dblclick=${filling(intents)} @dragover=${hover} @dragleave=${(/** @type {DragEvent} */ event) => mark(event, false)} @drop=${drop}>
    ${faceView(peer, peer.id)}
    <video data-testid="remote-video" data-peer=${peer.id} data-name=${peer.name} data-mic=${peer.mic} data-camera=${peer.camera} data-hand=${peer.hand}
      data-speaking=${talk.speaking.includes(peer.id)}
      autoplay playsinline .srcObject=${live(peer.stream)} aria-label=${t("tile.peer", { name })} @error=${playAgain} @loadedmetadata=${(/** @type {Event} */ event) => play(event, intents.soundBlocked)} @resize=${shape}></video>
    ${peer.state === "connected"
      ? null
      : html`<p class="tile-says"><span>${t(`tile.${peer.state}`, { name })}</span></p>`}
    <div class="tile-top">${sasView(peer, intents.explainSafety)} ${pathView(peer)} ${qualityView(peer, intents.showFigures)}
      ${toolsView({ tile: peer.id, name, screen: false, shows: peer.camera }, arrangement, intents)}</div>
    <div class="tile-name">
      ${recordsView(recording.others.includes(peer.id))}
      ${peer.hand ? html`<span class="raised" role="img" aria-label=${t("tile.hand")}>${icon("hand")}</span>` : null}
      ${voiceView(peer.mic, talk.speaking.includes(peer.id))}
      <bdi>${name}</bdi>
      ${connectionView(peer)}
    </div>
    ${passingView(reactions, peer.id)}
    <p class="tile-drop" aria-hidden="true">${icon("upload")} ${t("tile.drop", { name })}</p>
  </article>`;
}

/** @param {Snapshot} snapshot @param {string} size */
function selfTile({ me, reactions, talk, recording }, size) {
  const camera = me.camera === "on";
  const speaking = talk.speaking.includes("me");
  return html`<article class="tile self" data-camera=${camera} data-size=${size} aria-label=${t("tile.self")}>
    ${faceView({ name: me.name, kind: "browser" }, "me")}
    <video data-testid="self-video" data-speaking=${speaking} autoplay playsinline muted .muted=${true} .srcObject=${live(me.stream)} aria-label=${t("tile.self")}></video>
    <div class="tile-name">
      ${recordsView(recording.own === "on")}
      ${me.hand ? html`<span class="raised" role="img" aria-label=${t("tile.hand")}>${icon("hand")}</span>` : null}
      ${voiceView(me.mic === "on", speaking)}
      ${me.screen ? html`<span class="muted" role="img" aria-label=${t("tile.sharing")}>${icon("screen")}</span>` : null}
      <span>${t("tile.you")}</span>
    </div>
    ${passingView(reactions, "me")}
  </article>`;
}

/** Of one size, whatever it says: nothing moves when somebody speaks. @param {boolean} mic @param {boolean} speaking */
function voiceView(mic, speaking) {
  if (!mic) return html`<span class="muted" role="img" aria-label=${t("tile.muted")}>${icon("mic-off")}</span>`;
  return html`<span class="voice" role="img" aria-label=${t(speaking ? "tile.speaks" : "tile.unmuted")}>${icon(speaking ? "speaks" : "mic")}</span>`;
}

/** Two quick touches of a picture. @param {StageIntents} intents @returns {(event: MouseEvent) => void} */
const filling = (intents) => ({ target, currentTarget }) => {
  if (!(target instanceof Element && target.closest("button"))) intents.fill(/** @type {Element} */ (currentTarget));
};

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

/** A sound card that fails stops the picture beside its sound for good, so both are tried again. @param {Event} event */
function playAgain(event) {
  const video = /** @type {HTMLVideoElement} */ (event.target);
  const stream = video.srcObject;
  setTimeout(() => {
    if (video.isConnected && video.error && video.srcObject === stream) video.srcObject = stream;
  }, AGAIN_MS);
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
