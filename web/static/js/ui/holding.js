// What may be done with files that are here: saving them, putting them somewhere, removing the browser's copy. Below
// the transfers stands what earlier pages left.

import { html } from "../../vendor/lit-html/lit-html.js";
import { icon } from "./parts.js";
import { formatBytes, formatPercent, plural, t, visible } from "./text.js";

/** @typedef {import("../core/snapshot.js").TransferView} TransferView */
/** @typedef {import("../core/snapshot.js").KeptView} KeptView */
/**
 * @typedef {object} HoldingIntents
 * @property {(id: string) => void} save @property {(id: string) => void} saveTo @property {(id: string) => void} discard
 */

const CAN_PICK = "showSaveFilePicker" in globalThis && "showDirectoryPicker" in globalThis;

/** The buttons under an incoming transfer that is over. @param {TransferView} transfer @param {HoldingIntents} intents */
export function holdingButtons({ id, state, direction, files, list, kept, saving, text }, intents) {
  const over = state === "done" || state === "failed";
  if (direction !== "in" || !over || !kept) return null;
  const saves = list.some((file) => file.saveable) ? saveButtons(id, files, saving, intents, !text) : null;
  return html`${saves} ${discardButton(id, state === "done", saving, intents)}`;
}

/** What becomes of the files that are here. @param {TransferView} transfer */
export function holdingHint({ state, direction, kept, saving, total }) {
  if (direction !== "in" || !kept || (state !== "done" && state !== "failed")) return null;
  const hint = kept === "page" ? "holding.memory" : state === "done" ? "holding.copy" : "holding.part";
  return html`<p class="hint" role="status">${saving === null ? t(hint) : savingText(saving, total)}</p>`;
}

/** @param {readonly KeptView[]} kept @param {HoldingIntents} intents */
export function keptView(kept, intents) {
  if (!kept.length) return null;
  return html`<section class="kept" aria-label=${t("holding.title")}>
    <h2>${t("holding.title")}</h2>
    <p class="hint">${t("holding.text")}</p>
    <ul class="transfers">
      ${kept.map(({ id, title, files, bytes, total, whole, saving }) => html`<li class="transfer" data-testid="kept" data-whole=${whole} data-bytes=${bytes} data-total=${total}>
        <div class="transfer-what">
          <span class="transfer-icon">${icon(files > 1 ? "folder" : "file")}</span>
          <div>
            <h3><bdi>${visible(title) || t("files.untitled")}</bdi></h3>
            <p class="transfer-sum">${plural("transfer.files", files)} · ${formatBytes(total)} · ${whole ? t("holding.whole") : t("holding.share", { share: formatPercent(total ? bytes / total : 0) })}</p>
          </div>
        </div>
        ${saving === null ? null : html`<p class="hint" role="status">${savingText(saving, total)}</p>`}
        <div class="transfer-do">${whole ? saveButtons(id, files, saving, intents) : null} ${discardButton(id, whole, saving, intents)}</div>
      </li>`)}
    </ul>
  </section>`;
}

/**
 * @param {string} id @param {number} files @param {number | null} saving @param {HoldingIntents} intents
 * @param {boolean} [main] whether saving is what comes next; a text is here to be read
 */
function saveButtons(id, files, saving, intents, main = true) {
  return html`<button type="button" class=${main ? "button primary small" : "button small"} data-testid="save" ?disabled=${saving !== null} @click=${() => intents.save(id)}>
      ${icon("download")} ${t(files > 1 ? "transfer.save_all" : "transfer.save")}
    </button>
    ${CAN_PICK && main
      ? html`<button type="button" class="button small" data-testid="save-to" ?disabled=${saving !== null} @click=${() => intents.saveTo(id)}>${icon("folder")} ${t("holding.save_to")}</button>`
      : null}`;
}

/** @param {string} id @param {boolean} whole @param {number | null} saving @param {HoldingIntents} intents */
function discardButton(id, whole, saving, intents) {
  return html`<button type="button" class="button small" data-testid="discard" ?disabled=${saving !== null} @click=${() => intents.discard(id)}>
    ${icon("close")} ${t(whole ? "holding.discard" : "holding.discard_part")}
  </button>`;
}

/** @param {number} saving @param {number} total */
function savingText(saving, total) {
  return saving > 0 && total > 0 ? t("holding.saving_share", { share: formatPercent(saving / total) }) : t("holding.saving");
}
