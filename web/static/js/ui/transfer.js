// One transfer: what it is, how far it is, and what one may do about it.

import { html } from "../../vendor/lit-html/lit-html.js";
import { holdingButtons, holdingHint } from "./holding.js";
import { icon } from "./parts.js";
import { barView, currentView, isOpen, moves, nameOf, numbersView, sentenceOf } from "./progress.js";
import { formatBytes, formatRate, plural, t, visible } from "./text.js";

/** @typedef {import("../core/snapshot.js").TransferView} TransferView */
/** @typedef {import("./files.js").FileIntents} FileIntents */

/** Bytes a second; 0 is no limit. */
const LIMITS = [0, 5e6, 1e6, 5e5];

/** @param {TransferView} transfer @param {FileIntents} intents */
export function transferView(transfer, intents) {
  const { id, state, direction } = transfer;
  const whom = transfer.peer ? t(direction === "in" ? "transfer.from" : "transfer.to", { name: nameOf(transfer) }) : t("transfer.to_all");
  const asks = state === "offered" && direction === "in";
  return shellView("transfer", transfer, html`
    ${whatView(transfer, whom)}
    ${moves(transfer) ? html`${barView(transfer)} ${numbersView(transfer)} ${currentView(transfer)}` : null}
    ${stateView(transfer)} ${transfer.text ? textView(transfer.text) : holdingHint(transfer)} ${listView(transfer, intents)}
    <div class="transfer-do">
      ${asks
        ? html`<button type="button" class="button primary small" data-testid="accept" @click=${() => intents.accept(id)}>${icon("check")} ${t("transfer.accept")}</button>
            <button type="button" class="button small" data-testid="decline" @click=${() => intents.decline(id)}>${t("transfer.decline")}</button>`
        : null}
      ${moves(transfer) ? holdView(transfer, intents) : null}
      ${isOpen(transfer)
        ? html`<button type="button" class="button small" data-testid="cancel" @click=${() => intents.cancel(id)}>${icon("close")} ${t("transfer.cancel")}</button>`
        : null}
      ${moves(transfer) || (state === "waiting" && transfer.peer) ? limitView(id, transfer.limit, t(`transfer.limit_${direction}`, { name: nameOf(transfer) }), intents) : null}
      ${transfer.text ? copyView(transfer.text, intents) : null} ${holdingButtons(transfer, intents)}
    </div>`);
}

/** What scripts and styles know it by. @param {string} look @param {TransferView} transfer @param {unknown} content */
export function shellView(look, { id, peer, state, direction, bytes, total, resumed }, content) {
  return html`<li class=${look} data-testid="transfer" data-state=${state === "waiting" ? "offered" : state} data-direction=${direction}
    data-transfer=${id} data-peer=${peer} data-bytes=${bytes} data-total=${total} data-resumed=${resumed} data-asks=${state === "offered" && direction === "in"}>${content}</li>`;
}

/** “3 files · 4.2 MB · from Ana” @param {TransferView} transfer @param {string} whom */
export function whatView({ title, files, total, direction, text }, whom) {
  const size = total < 0 ? t("transfer.size_unknown") : formatBytes(total);
  return html`<div class="transfer-what">
    <span class="transfer-icon">${icon(text !== null ? "text" : files === 1 ? "file" : "folder")}</span>
    <div>
      <h3><bdi>${visible(title) || t("files.untitled")}</bdi></h3>
      <p class="transfer-sum">${text === null ? plural("transfer.files", files) : t("transfer.text")} · ${size} · ${whom}</p>
    </div>
    <span class="transfer-way" role="img" aria-label=${t(`transfer.${direction}`)}>${icon(direction === "in" ? "download" : "upload")}</span>
  </div>`;
}

/** @param {TransferView} transfer */
export function stateView(transfer) {
  const sentence = sentenceOf(transfer);
  return html`<p class="transfer-state" role="status" ?hidden=${!sentence}>${sentence}</p>`;
}

/** Pausing is each end's own: what the other side holds, only they let go on. @param {TransferView} transfer @param {FileIntents} intents */
function holdView({ id, held }, intents) {
  if (held === "them") return null;
  const ours = held !== "";
  return html`<button type="button" class="button small" data-testid=${ours ? "resume" : "pause"} @click=${() => intents.hold(id, !ours)}>
    ${icon(ours ? "play" : "pause")} ${t(ours ? "transfer.resume" : "transfer.pause")}
  </button>`;
}

/** @param {string} id @param {number} limit @param {string} name what the choice is for @param {FileIntents} intents */
export function limitView(id, limit, name, intents) {
  const choices = LIMITS.includes(limit) ? LIMITS : [...LIMITS, limit];
  /** @param {Event} event */
  const change = (event) => intents.limit(id, Number(/** @type {HTMLSelectElement} */ (event.target).value));
  return html`<label class="limit" title=${name}>
    ${icon("speed")}
    <select data-testid="limit" aria-label=${name} @change=${change}>
      ${choices.map((rate) => html`<option value=${rate} .selected=${rate === limit}>${rate ? formatRate(rate) : t("transfer.no_limit")}</option>`)}
    </select>
  </label>`;
}

/** A text is read where it arrives. @param {string} text */
const textView = (text) => html`<p class="transfer-text" dir="auto" tabindex="0" data-testid="transfer-text">${text}</p>`;

/** @param {string} text @param {FileIntents} intents */
function copyView(text, intents) {
  const copied = intents.copied(text);
  return html`<button type="button" class="button primary small" data-testid="copy-text" @click=${() => intents.copy(text)}>
    ${icon(copied ? "check" : "copy")} <span aria-live="polite">${t(copied ? "invite.copied" : "transfer.copy")}</span>
  </button>`;
}

/** @param {TransferView} transfer @param {FileIntents} intents */
export function listView({ id, list, files, direction, state }, intents) {
  if (files < 2) return null;
  const saves = direction === "in" && (state === "active" || state === "done");
  return html`<details class="transfer-list">
    <summary>${t("transfer.show_list")}</summary>
    <ul tabindex="0" aria-label=${t("transfer.show_list")}>
      ${list.map(
        (file) => html`<li>
          <bdi>${file.path}</bdi> <span>${file.size < 0 ? "" : formatBytes(file.size)}</span>
          ${saves && file.saveable
            ? html`<button type="button" class="round quiet" aria-label=${t("transfer.save_one", { path: file.path })} title=${t("transfer.save")}
                @click=${() => intents.saveFile(id, file.path)}>${icon("download")}</button>`
            : null}
        </li>`,
      )}
      ${files > list.length ? html`<li class="more">${plural("transfer.more", files - list.length)}</li>` : null}
    </ul>
  </details>`;
}
