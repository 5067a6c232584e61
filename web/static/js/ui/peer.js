// What is known about one peer, in small: connection, path, safety emoji, name. Used on tiles and in the list.

import { html } from "../../vendor/lit-html/lit-html.js";
import { icon } from "./parts.js";
import { t, visible } from "./text.js";

/** @typedef {import("../core/snapshot.js").PeerView} PeerView */

const COLOURS = 8;

/** A peer that says no name still needs one. @param {Pick<PeerView, "name" | "kind">} peer */
export function nameOf(peer) {
  return visible(peer.name) || t(peer.kind === "headless" ? "peer.headless" : "peer.nameless");
}

/** @param {PeerView} peer */
export function connectionView(peer) {
  const words = t(`connection.${peer.state}`);
  return html`<span class="connection" data-testid="connection-state" data-peer=${peer.id} data-state=${peer.state} title=${words}>
    <span class="dot"></span><span class="connection-words">${words}</span>
  </span>`;
}

/** @param {PeerView} peer */
export function pathView(peer) {
  if (!peer.path) return null;
  return html`<span class="path" data-testid="path" data-peer=${peer.id} data-kind=${peer.path} title=${t(`path.${peer.path}_text`)}>
    ${icon(peer.path)}<span>${t(`path.${peer.path}`)}</span>
  </span>`;
}

/** @param {PeerView} peer @param {(peer: string) => void} explain @param {string} [hook] */
export function sasView(peer, explain, hook = "sas") {
  if (!peer.sas.length) return null;
  const names = peer.sas.map(emojiName).join(", ");
  return html`<button type="button" class="sas" data-testid=${hook} data-peer=${peer.id} title=${names}
    aria-haspopup="dialog" @click=${() => explain(peer.id)}>${peer.sas.map((each) => each.emoji).join("")}</button>`;
}

/** @param {import("../core/snapshot.js").Emoji} emoji */
export function emojiName({ name }) {
  return t(`emoji.${name.toLowerCase().replaceAll(" ", "_")}`);
}

/** Stands where no picture is. @param {Pick<PeerView, "name" | "kind">} peer @param {string} id */
export function faceView(peer, id) {
  const letters = initials(peer.name);
  return html`<span class="face" data-colour=${colourOf(id)} aria-hidden="true">
    ${peer.kind === "headless" && !letters ? icon("terminal") : letters || icon("people")}
  </span>`;
}

/** A face's colour, the same wherever it is drawn. @param {string} id */
export const colourOf = (id) => [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % COLOURS;

/** First letters of the first two words, as people see letters (a Bengali one may be several code points). @param {string} name */
export function initials(name) {
  const segments = new Intl.Segmenter(document.documentElement.lang, { granularity: "grapheme" });
  const words = name.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu) ?? [];
  return words.slice(0, 2).map((word) => [...segments.segment(word)][0].segment.toUpperCase()).join("");
}
