// What was said in writing, and a line to say more.

import { html } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { icon } from "./parts.js";
import { formatTime, t, visible } from "./text.js";

/** @typedef {import("../core/snapshot.js").ChatLine} ChatLine */

const MAX_CHAT = 4000;
const ADDRESS = /\bhttps?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]}]/g;

/** @param {readonly ChatLine[]} lines @param {(text: string) => void} send */
export function chatView(lines, send) {
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    event.preventDefault();
    const field = /** @type {HTMLFormElement} */ (event.target).elements.namedItem("line");
    if (!(field instanceof HTMLInputElement)) return;
    const text = field.value.trim();
    field.value = "";
    field.focus();
    if (text) send(text);
  };
  return html`<div class="chat">
    <div class="chat-lines" role="log" aria-label=${t("panel.chat")} tabindex="0">
      <ol>
        ${lines.length ? null : html`<li class="empty">${icon("chat")}<p>${t("chat.empty")}</p></li>`}
        ${repeat(lines, (line) => line.id, (line, index) => lineView(line, lines[index - 1]))}
      </ol>
    </div>
    <form class="chat-form joined" @submit=${submit}>
      <label class="unseen" for="chat-line">${t("chat.label")}</label>
      <input class="input" id="chat-line" name="line" data-testid="chat-input" maxlength=${MAX_CHAT} autocomplete="off" dir="auto"
        enterkeyhint="send" placeholder=${t("chat.label")}>
      <button type="submit" class="round send" data-testid="chat-send" aria-label=${t("chat.send")} title=${t("chat.send")}>${icon("send")}</button>
    </form>
  </div>`;
}

/** @param {ChatLine} line @param {ChatLine | undefined} before */
function lineView(line, before) {
  const mine = line.from === "me";
  const goesOn = before?.from === line.from && before.name === line.name && before.told === line.told && line.at - before.at < 120_000;
  return html`<li class="chat-line" data-mine=${mine} data-goes-on=${goesOn}>
    ${goesOn
      ? null
      : html`<p class="chat-from"><bdi>${mine ? t("tile.you") : visible(line.name) || t("peer.nameless")}</bdi>
          ${line.told ? html`<span class="hint">${t("chat.told", { name: visible(line.told) })}</span>` : null} <time>${formatTime(line.at)}</time></p>`}
    <p class="chat-text" dir="auto" data-testid="chat-message">${linked(line.text)}</p>
  </li>`;
}

/** Web addresses become links that tell the other site nothing. @param {string} text */
function linked(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    if (!URL.canParse(match[0])) continue;
    parts.push(text.slice(end, match.index));
    parts.push(html`<a href=${match[0]} target="_blank" rel="noopener noreferrer">${match[0]}</a>`);
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}
