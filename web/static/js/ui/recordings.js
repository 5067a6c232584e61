// Recordings that lie in this browser, on the home page and beside the files.

import { html } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { icon } from "./parts.js";
import { formatBytes, t } from "./text.js";

/** @typedef {import("../core/snapshot.js").RecordingKept} RecordingKept */
/** @typedef {import("../io/recordings.js").Recordings} Recordings */

/** @param {readonly RecordingKept[]} kept @param {Recordings} recordings */
export function recordingsView(kept, recordings) {
  if (!kept.length) return null;
  return html`<section class="kept" aria-label=${t("recording.kept")}>
    <h2>${t("recording.kept")}</h2>
    <p class="hint">${t("recording.kept_text")}</p>
    <ul class="transfers">
      ${repeat(kept, ({ id }) => id, ({ id, name, bytes, kept: stays, saved }) => html`<li class="transfer" data-testid="kept-recording" data-saved=${saved} data-bytes=${bytes}>
        <div class="transfer-what">
          <span class="transfer-icon">${icon("record")}</span>
          <div>
            <h3><bdi>${name}</bdi></h3>
            <p class="transfer-sum">${formatBytes(bytes)} · ${t(saved ? "recording.is_saved" : "recording.unsaved")}</p>
          </div>
        </div>
        ${stays ? null : html`<p class="hint">${t("holding.memory")}</p>`}
        <div class="transfer-do">
          <button type="button" class=${saved ? "button small" : "button primary small"} data-testid="save-recording" @click=${() => void recordings.save(id)}>${icon("download")} ${t("transfer.save")}</button>
          <button type="button" class="button small" data-testid="discard-recording" @click=${() => void recordings.discard(id)}>${icon("close")} ${t(saved ? "holding.discard" : "holding.discard_part")}</button>
        </div>
      </li>`)}
    </ul>
  </section>`;
}
