// How the other one gets here: a link to send, a code to point a camera at.

import { html } from "../../vendor/lit-html/lit-html.js";
import { lastsView, lettingView } from "./expiry.js";
import { icon } from "./parts.js";
import { qrView } from "./qr.js";
import { t } from "./text.js";

const SAID_MS = 2500;
let copiedAt = 0;

/**
 * @param {string} link @param {import("./expiry.js").DoorView} door @param {import("./expiry.js").Gate} gate
 * @param {() => void} redraw
 */
export function inviteView(link, door, gate, redraw) {
  const copied = Date.now() - copiedAt < SAID_MS;
  const copy = async () => {
    if (!(await put(link))) return;
    copiedAt = Date.now();
    redraw();
    setTimeout(redraw, SAID_MS + 50);
  };
  const share = () => void navigator.share({ title: t("app.name"), text: t("invite.share_text"), url: link }).catch(() => {});
  return html`<div class="invite">
    <div class="qr-frame">${qrView(link, t("invite.qr"))}</div>
    <div class="invite-words">
      <label for="invite-link">${t("invite.label")}</label>
      <input class="input" id="invite-link" data-testid="invite-link" readonly dir="ltr" .value=${link} @focus=${select}>
      <div class="invite-do">
        <button type="button" class="button primary" data-testid="invite-copy" @click=${copy}>
          ${icon(copied ? "check" : "copy")} <span aria-live="polite">${t(copied ? "invite.copied" : "invite.copy")}</span>
        </button>
        ${"share" in navigator ? html`<button type="button" class="button" @click=${share}>${icon("send")} ${t("invite.share")}</button>` : null}
      </div>
    </div>
    <div class="invite-terms">${lastsView(door, gate)} ${lettingView(door)}</div>
  </div>`;
}

/** @param {Event} event */
const select = (event) => /** @type {HTMLInputElement} */ (event.target).select();

/** Through the field itself where the clipboard is out of reach. @param {string} text */
async function put(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.getElementById("invite-link");
    if (!(field instanceof HTMLInputElement)) return false;
    field.select();
    return document.execCommand("copy");
  }
}
