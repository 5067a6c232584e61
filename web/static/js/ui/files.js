// Files both ways: where to put them, and what is on its way.

import { html } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { bringsFiles, dropped, picked } from "./dropped.js";
import { keptView } from "./holding.js";
import { icon } from "./parts.js";
import { t } from "./text.js";
import { transferView } from "./transfer.js";

/** @typedef {import("../core/snapshot.js").Snapshot} Snapshot */

/**
 * @typedef {object} FileIntents
 * @property {(files: import("./dropped.js").Picked[]) => void} offer
 * @property {(id: string) => void} accept @property {(id: string) => void} decline
 * @property {(id: string) => void} cancel @property {(id: string) => void} save
 * @property {(id: string) => void} saveTo @property {(id: string) => void} discard
 * @property {(id: string, path: string) => void} saveFile
 */

/** @param {Pick<Snapshot, "transfers" | "kept">} shown @param {boolean} alone @param {FileIntents} intents */
export function filesView({ transfers, kept }, alone, intents) {
  return html`<div class="files">
    ${dropZone(alone, intents)}
    <ul class="transfers" aria-label=${t("files.list")}>
      ${repeat(transfers, (transfer) => transfer.id + transfer.peer, (transfer) => transferView(transfer, intents))}
    </ul>
    ${keptView(kept, intents)}
  </div>`;
}

/** @param {boolean} alone @param {FileIntents} intents */
function dropZone(alone, intents) {
  /** @param {Event} event */
  const chosen = (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const files = picked(input.files ?? []);
    input.value = ""; // so that the same file can be chosen again
    if (files.length) intents.offer(files);
  };
  /** @param {DragEvent} event */
  const drop = async (event) => {
    if (!event.dataTransfer || !bringsFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    const files = await dropped(event.dataTransfer);
    if (files.length) intents.offer(files);
  };
  /** @param {DragEvent} event */
  const hover = (event) => {
    if (bringsFiles(event)) event.preventDefault();
  };
  return html`<div class="drop-zone" data-testid="drop-zone" @dragover=${hover} @drop=${drop}>
    ${icon("upload")}
    <p class="drop-name">${t("files.drop")}</p>
    <p class="drop-name touch">${t("files.touch")}</p>
    <div class="drop-do">
      <label class="button primary small">
        <input class="unseen" type="file" multiple data-testid="file-input" @change=${chosen}>${icon("file")} ${t("files.choose")}
      </label>
      <label class="button small folder-choice">
        <input class="unseen" type="file" webkitdirectory data-testid="folder-input" @change=${chosen}>${icon("folder")} ${t("files.choose_folder")}
      </label>
    </div>
    <p class="hint">${t(alone ? "files.hint_alone" : "files.hint")}</p>
  </div>`;
}
