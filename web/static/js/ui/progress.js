// How far a transfer is, in a bar, in numbers and in words.

import { html } from "../../vendor/lit-html/lit-html.js";
import { formatBytes, formatDuration, formatPercent, formatRate, known, t, visible } from "./text.js";

/** @typedef {import("../core/snapshot.js").TransferView} TransferView */

/** Under way, or held up there. @param {TransferView} transfer */
export const moves = ({ state }) => state === "active" || state === "paused";

/** Not over. @param {TransferView} transfer */
export const isOpen = (transfer) => moves(transfer) || transfer.state === "waiting";

/** @param {TransferView} transfer */
export const nameOf = ({ peerName }) => visible(peerName) || t("peer.nameless");

/** @param {Pick<TransferView, "bytes" | "total">} transfer */
export function barView({ bytes, total }) {
  return html`<progress aria-label=${t("transfer.progress")} max=${Math.max(total, bytes, 1)} .value=${bytes}></progress>`;
}

/**
 * How much, how fast, how long still: each in its place, so that nothing jumps.
 * @param {Pick<TransferView, "bytes" | "total" | "rate" | "eta" | "state">} transfer
 */
export function numbersView({ bytes, total, rate, eta, state }) {
  const active = state === "active";
  return html`<p class="numbers">
    <span>${total > 0 ? formatPercent(Math.floor((bytes / total) * 100) / 100) : formatBytes(bytes)}</span>
    <span>${active ? formatRate(rate) : null}</span>
    <span>${active && eta !== null ? t("transfer.left", { time: formatDuration(eta) }) : null}</span>
  </p>`;
}

/** Which file of how many. @param {TransferView} transfer */
export function currentView({ files, current }) {
  if (files < 2) return null;
  return html`<p class="current" data-testid="current-file">
    ${current ? html`<span>${t("transfer.current", { number: current.number, count: current.count })}</span> <bdi title=${current.path}>${current.path}</bdi>` : null}
  </p>`;
}

/** What is to be said in words; "" while it simply moves. @param {TransferView} transfer */
export function sentenceOf(transfer) {
  const { state, direction, reason, held, cut, still, resumed } = transfer;
  const name = nameOf(transfer);
  const here = resumed ? t("holding.resumed", { size: formatBytes(resumed) }) : "";
  const why = still && t(`still.${still}`, { name });
  switch (state) {
    case "active":
      return why || here;
    case "paused":
      return cut ? why || t("transfer.cut") : t(`transfer.held_${held}`, { name });
    case "failed":
    case "declined": {
      const keys = [`transfer.${reason}_${direction}`, `transfer.${reason}`];
      return t(keys.find(known) ?? "transfer.failed", { name });
    }
    case "done":
      return t(direction === "in" ? "transfer.done_in" : "transfer.done_out");
    case "offered":
      return `${t("transfer.asks")} ${here}`.trim();
    case "waiting":
      return why || t("transfer.waiting");
  }
}
