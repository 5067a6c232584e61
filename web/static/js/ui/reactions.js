// Emoji to send with one touch, and those that pass over a tile.

import { html } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { REACTIONS } from "../core/reactions.js";
import { icon } from "./parts.js";
import { t, visible } from "./text.js";

/** @typedef {import("../core/snapshot.js").ReactionView} ReactionView */

/** A button, and what it opens. @param {(emoji: string) => void} react */
export function reactView(react) {
  return html`<button type="button" class="control" data-testid="react" popovertarget="reactions" aria-label=${t("control.react")} title=${t("control.react")}>${icon("smile")}</button>
    <div id="reactions" class="reactions" popover role="group" aria-label=${t("control.react")}>
      ${REACTIONS.map((emoji) => html`<button type="button" class="round quiet emoji" data-testid="reaction" data-emoji=${emoji}
        aria-label=${t(`reaction.${nameOf(emoji)}`)} title=${t(`reaction.${nameOf(emoji)}`)} @click=${() => react(emoji)}>${emoji}</button>`)}
    </div>`;
}

/** What passes over the tile of one person. @param {readonly ReactionView[]} reactions @param {string} from peer id, or "me" */
export function passingView(reactions, from) {
  const own = reactions.filter((each) => each.from === from);
  return html`<span class="passing" aria-hidden="true">${repeat(own, (each) => each.id, (each) => html`<span class="emoji" data-testid="passing">${each.emoji}</span>`)}</span>`;
}

/** The same for those who do not see it. @param {readonly ReactionView[]} reactions */
export function reactionsSaid(reactions) {
  const latest = reactions.findLast((each) => each.from !== "me");
  const words = latest ? t("reaction.said", { name: visible(latest.name) || t("peer.nameless"), what: t(`reaction.${nameOf(latest.emoji)}`) }) : "";
  return html`<p class="unseen" role="status">${words}</p>`;
}

const NAMES = ["thumbs", "clap", "heart", "laugh", "wow", "party"];

/** @param {string} emoji */
const nameOf = (emoji) => NAMES[REACTIONS.indexOf(emoji)];
