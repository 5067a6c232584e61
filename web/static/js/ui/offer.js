// One offer on its way to several receivers: what it is once, and how each of them fares.

import { html } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { icon } from "./parts.js";
import { barView, currentView, isOpen, moves, nameOf, numbersView, sentenceOf } from "./progress.js";
import { formatPercent, plural, t } from "./text.js";
import { limitView, listView, shellView, whatView } from "./transfer.js";

/** @typedef {import("../core/snapshot.js").TransferView} TransferView */
/** @typedef {import("./files.js").FileIntents} FileIntents */

/** @param {readonly TransferView[]} transfers newest first, two or more @param {FileIntents} intents */
export function offerView(transfers, intents) {
  const [first] = transfers;
  const { offer } = first;
  const open = transfers.filter(isOpen);
  const all = together(transfers);
  const held = open.length > 0 && open.every((each) => each.held === "us" || each.held === "both");
  return html`<li class="transfer offer" data-testid="offer" data-offer=${offer}>
    ${whatView(first, plural("transfer.to_many", transfers.length))}
    ${open.some(moves) ? html`${barView(all)} ${numbersView(all)}` : null}
    <p class="transfer-state" role="status">${t("transfer.done_of", { done: all.done, count: transfers.length })}</p>
    ${listView(first, intents)}
    <ul class="receivers">
      ${repeat(transfers, (each) => each.id, (each) => receiverView(each, intents))}
    </ul>
    <div class="transfer-do">
      ${open.length
        ? html`<button type="button" class="button small" data-testid=${held ? "resume-all" : "pause-all"} @click=${() => intents.hold(offer, !held)}>
              ${icon(held ? "play" : "pause")} ${t(held ? "transfer.resume_all" : "transfer.pause_all")}
            </button>
            <button type="button" class="button small" data-testid="cancel-all" @click=${() => intents.cancel(offer)}>${icon("close")} ${t("transfer.cancel_all")}</button>
            ${limitView(offer, first.limit, t("transfer.limit_each"), intents)}`
        : null}
    </div>
  </li>`;
}

/** @param {TransferView} transfer @param {FileIntents} intents */
function receiverView(transfer, intents) {
  const { id, bytes, total, held } = transfer;
  const name = nameOf(transfer);
  const ours = held === "us" || held === "both";
  const share = moves(transfer) && total > 0 ? formatPercent(Math.floor((bytes / total) * 100) / 100) : "";
  return shellView("receiver", transfer, html`
    <div class="receiver-what">
      <h4><bdi>${name}</bdi> <span class="share">${share}</span></h4>
      ${moves(transfer) ? html`${barView(transfer)} ${transfer.current ? currentView(transfer) : null}` : null}
      <p class="transfer-state" role="status" ?hidden=${!sentenceOf(transfer)}>${sentenceOf(transfer)}</p>
    </div>
    ${moves(transfer) && held !== "them"
      ? html`<button type="button" class="round quiet" data-testid=${ours ? "resume" : "pause"} title=${t(ours ? "transfer.resume" : "transfer.pause")}
          aria-label=${t(ours ? "transfer.resume_for" : "transfer.pause_for", { name })} @click=${() => intents.hold(id, !ours)}>${icon(ours ? "play" : "pause")}</button>`
      : null}
    ${isOpen(transfer)
      ? html`<button type="button" class="round quiet" data-testid="cancel" title=${t("transfer.cancel")}
          aria-label=${t("transfer.cancel_for", { name })} @click=${() => intents.cancel(id)}>${icon("close")}</button>`
      : null}`);
}

/** All that still counts, as one. @param {readonly TransferView[]} transfers */
function together(transfers) {
  const counted = transfers.filter((each) => each.state !== "failed" && each.state !== "declined");
  const active = counted.filter((each) => each.state === "active");
  const left = active.map((each) => each.eta).filter((eta) => eta !== null);
  return {
    bytes: counted.reduce((sum, each) => sum + each.bytes, 0),
    total: counted.reduce((sum, each) => sum + Math.max(0, each.total), 0),
    rate: active.reduce((sum, each) => sum + each.rate, 0),
    eta: left.length ? Math.max(...left) : null,
    state: active.length ? /** @type {const} */ ("active") : /** @type {const} */ ("paused"),
    done: transfers.filter((each) => each.state === "done").length,
  };
}
