// Errors and hints over the page. One that only informs goes by itself; a warning stays until it is put away.

import { html } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { icon } from "./parts.js";
import { t } from "./text.js";
import { foldedUnblockView } from "./unblock.js";

/** @typedef {import("../core/snapshot.js").Notice} Notice */

const INFORMS_MS = 6000;
const BLOCKED = ["mic-denied", "camera-denied"];
/** What the page that checks beforehand can tell more of. */
const CHECKED = ["server-silent", "no-path"];

/** @param {readonly Notice[]} notices @param {(id: string) => void} dismiss @param {unknown} [first] what stands above them */
export function noticesView(notices, dismiss, first) {
  return html`<div class="notices">
    ${first}
    ${repeat(
      notices,
      (notice) => notice.id,
      (notice) => html`<div class="notice" role="status" data-testid="notice" data-level=${notice.level} data-key=${notice.key}>
        ${icon(notice.level === "info" ? "info" : "warning")}
        <p>
          ${t(`notice.${notice.key}`, worded(notice.values))}
          ${CHECKED.includes(notice.key) ? html`<a href="/check" target="_blank" data-testid="check-link">${t("notice.check")}</a>` : null}
        </p>
        <button type="button" class="round quiet" aria-label=${t("notice.dismiss")} @click=${() => dismiss(notice.id)}>
          ${icon("close")}
        </button>
        ${BLOCKED.includes(notice.key) ? foldedUnblockView() : null}
      </div>`,
    )}
  </div>`;
}

/** Who gave no name is somebody all the same, and a broken rule has its sentence. @param {Notice["values"]} values */
const worded = (values) => ({
  ...values,
  ...(values.name === "" && { name: t("peer.nameless") }),
  ...("rule" in values && { rule: t(`unsafe.${values.rule}`) }),
});

/** Puts away what only informs, after a while. */
export class NoticeTimer {
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #timers = new Map();

  /** @param {readonly Notice[]} notices @param {(id: string) => void} dismiss */
  follow(notices, dismiss) {
    for (const notice of notices) {
      if (notice.level !== "info" || this.#timers.has(notice.id)) continue;
      this.#timers.set(notice.id, setTimeout(dismiss, INFORMS_MS, notice.id));
    }
    for (const [id, timer] of this.#timers) {
      if (notices.some((notice) => notice.id === id)) continue;
      clearTimeout(timer);
      this.#timers.delete(id);
    }
  }
}
