// One transfer: what it is, how far it is, and what one may do about it.

import { html } from "../../vendor/lit-html/lit-html.js";
import { holdingButtons, holdingHint } from "./holding.js";
import { icon } from "./parts.js";
import { formatBytes, formatDuration, formatPercent, formatRate, known, plural, t } from "./text.js";

/** @typedef {import("../core/snapshot.js").TransferView} TransferView */
/** @typedef {import("./files.js").FileIntents} FileIntents */

/** @param {TransferView} transfer @param {FileIntents} intents */
export function transferView(transfer, intents) {
  const { id, state, direction, bytes, total } = transfer;
  const asks = state === "offered" && direction === "in";
  const moves = state === "active" || state === "paused";
  return html`<li class="transfer" data-testid="transfer" data-state=${state === "waiting" ? "offered" : state} data-direction=${direction}
    data-transfer=${id} data-peer=${transfer.peer} data-bytes=${bytes} data-total=${total} data-asks=${asks}>
    <div class="transfer-what">
      <span class="transfer-icon">${icon(transfer.files > 1 ? "folder" : "file")}</span>
      <div>
        <h3><bdi>${transfer.title || t("files.untitled")}</bdi></h3>
        <p class="transfer-sum">${sumOf(transfer)}</p>
      </div>
      <span class="transfer-way" role="img" aria-label=${t(`transfer.${direction}`)}>${icon(direction === "in" ? "download" : "upload")}</span>
    </div>
    ${moves ? html`<progress aria-label=${t("transfer.progress")} max=${Math.max(total, bytes, 1)} .value=${bytes}></progress>` : null}
    <p class="transfer-state" role=${moves ? "presentation" : "status"}>${stateOf(transfer)}</p>
    ${holdingHint(transfer)}
    ${listView(transfer, intents)}
    <div class="transfer-do">
      ${asks
        ? html`<button type="button" class="button primary small" data-testid="accept" @click=${() => intents.accept(id)}>${icon("check")} ${t("transfer.accept")}</button>
            <button type="button" class="button small" data-testid="decline" @click=${() => intents.decline(id)}>${t("transfer.decline")}</button>`
        : null}
      ${moves || state === "waiting"
        ? html`<button type="button" class="button small" data-testid="cancel" @click=${() => intents.cancel(id)}>${icon("close")} ${t("transfer.cancel")}</button>`
        : null}
      ${holdingButtons(transfer, intents)}
    </div>
  </li>`;
}

/** “3 files, 4.2 MB, from Ana” @param {TransferView} transfer */
function sumOf({ files, total, direction, peerName }) {
  const size = total < 0 ? t("transfer.size_unknown") : formatBytes(total);
  const whom = peerName || t("peer.nameless");
  return html`${plural("transfer.files", files)} · ${size} · ${t(direction === "in" ? "transfer.from" : "transfer.to", { name: whom })}`;
}

/** @param {TransferView} transfer */
function stateOf({ state, direction, bytes, total, rate, eta, reason, resumed }) {
  switch (state) {
    case "active": {
      const share = total > 0 ? formatPercent(bytes / total) : formatBytes(bytes);
      const left = eta === null ? "" : ` · ${t("transfer.left", { time: formatDuration(eta) })}`;
      const before = resumed ? ` · ${t("holding.resumed", { size: formatBytes(resumed) })}` : "";
      return `${share} · ${formatRate(rate)}${left}${before}`;
    }
    case "failed":
    case "declined":
      return reason && known(`transfer.${reason}`) ? t(`transfer.${reason}`) : t(`transfer.${state}`);
    case "done":
      return t(direction === "in" ? "transfer.done_in" : "transfer.done_out");
    case "offered":
      return t("transfer.asks");
    default:
      return t(`transfer.${state}`);
  }
}

/** @param {TransferView} transfer @param {FileIntents} intents */
function listView({ id, list, files, direction, state }, intents) {
  if (files < 2) return null;
  const saves = direction === "in" && (state === "active" || state === "done");
  return html`<details class="transfer-list">
    <summary>${t("transfer.show_list")}</summary>
    <ul>
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
