// Files both ways: where to put them, and what is on its way.

import { html } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { bringsFiles, picked } from "./dropped.js";
import { keptView } from "./holding.js";
import { offerView } from "./offer.js";
import { icon } from "./parts.js";
import { canReadClipboard } from "./pasted.js";
import { recordingsView } from "./recordings.js";
import { plural, t } from "./text.js";
import { transferView } from "./transfer.js";

/** @typedef {import("../core/snapshot.js").Snapshot} Snapshot */

/** @typedef {import("../core/snapshot.js").TransferView} TransferView */

/**
 * @typedef {object} FileIntents
 * @property {(files: import("../io/source.js").Picked[]) => void} offer @property {(data: DataTransfer) => void} drop
 * @property {() => void} paste
 * @property {(id: string) => void} accept @property {(id: string) => void} decline
 * @property {(id: string) => void} cancel @property {(id: string, held: boolean) => void} hold
 * @property {(id: string, rate: number) => void} limit @property {(id: string) => void} save
 * @property {(id: string) => void} saveTo @property {(id: string) => void} discard
 * @property {(id: string, path: string) => void} saveFile
 * @property {(text: string) => void} copy @property {(text: string) => boolean} copied  just now
 * @property {() => import("../io/recordings.js").Recordings} recordings
 */

/**
 * @param {Pick<Snapshot, "transfers" | "kept" | "recording">} shown @param {{alone: boolean, gathering: number}} now  gathering: files
 *   found so far in a folder that is being walked, -1 when none is
 * @param {FileIntents} intents
 */
export function filesView({ transfers, kept, recording }, { alone, gathering }, intents) {
  return html`<div class="files">
    ${dropZone(alone, gathering, intents)}
    ${transfers.length ? html`<h2 class="unseen">${t("files.list")}</h2>` : null}
    <ul class="transfers" aria-label=${t("files.list")}>
      ${repeat(offersIn(transfers), ([first]) => first.offer, (each) => (each.length > 1 ? offerView(each, intents) : transferView(each[0], intents)))}
    </ul>
    ${recordingsView(recording.kept, intents.recordings())}
    ${keptView(kept, intents)}
  </div>`;
}

/** What several receivers are offered stands together. @param {Snapshot["transfers"]} transfers */
function offersIn(transfers) {
  /** @type {Map<string, TransferView[]>} */
  const offers = new Map();
  for (const transfer of transfers) offers.set(transfer.offer, [...(offers.get(transfer.offer) ?? []), transfer]);
  return [...offers.values()];
}

/** @param {boolean} alone @param {number} gathering @param {FileIntents} intents */
function dropZone(alone, gathering, intents) {
  /** @param {Event} event */
  const chosen = (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const files = picked(input.files ?? []);
    input.value = ""; // so that the same file can be chosen again
    if (files.length) intents.offer(files);
  };
  /** @param {DragEvent} event */
  const drop = (event) => {
    if (!event.dataTransfer || !bringsFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    intents.drop(event.dataTransfer);
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
      ${canReadClipboard()
        ? html`<button type="button" class="button small paste-choice" data-testid="paste" @click=${intents.paste}>${icon("paste")} ${t("files.paste")}</button>`
        : null}
    </div>
    <p class="hint" role="status">
      ${gathering < 0 ? html`${t(alone ? "files.hint_alone" : "files.hint")} <span class="keys">${t("files.hint_paste")}</span>` : plural("files.gathering", gathering)}
    </p>
  </div>`;
}
