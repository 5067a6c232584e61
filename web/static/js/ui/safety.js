// Why four pictures: read them to each other, and nobody can sit in between unseen.

import { html } from "../../vendor/lit-html/lit-html.js";
import { closeBeside, icon } from "./parts.js";
import { emojiName, nameOf } from "./peer.js";
import { t } from "./text.js";

/** @param {import("../core/snapshot.js").PeerView | undefined} peer @param {() => void} closed */
export function safetyView(peer, closed) {
  return html`<dialog class="box safety" aria-labelledby="safety-title" @close=${closed} @click=${closeBeside}>
    ${peer
      ? html`<form method="dialog" class="box-inside">
          <h2 id="safety-title">${icon("shield")} ${t("safety.title", { name: nameOf(peer) })}</h2>
          <ol class="safety-emoji">
            ${peer.sas.map((each) => html`<li><span class="emoji">${each.emoji}</span><span>${emojiName(each)}</span></li>`)}
          </ol>
          <p>${t("safety.text", { name: nameOf(peer) })}</p>
          <p class="hint">${t("safety.differs")}</p>
          <button class="button primary">${t("safety.close")}</button>
        </form>`
      : null}
  </dialog>`;
}

/** Brings an element to what the view means; a dialog opens by a call alone. @param {HTMLElement} host @param {string} which its class @param {boolean} open */
export function syncDialog(host, which, open) {
  const dialog = host.querySelector(`dialog.${which}`);
  if (!(dialog instanceof HTMLDialogElement) || dialog.open === open) return;
  if (open) dialog.showModal();
  else dialog.close();
}
