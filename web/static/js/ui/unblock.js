// How to allow camera and microphone after all, in the words of this browser: a few steps, in the lobby and in a call.

import { html } from "../../vendor/lit-html/lit-html.js";
import { browserOf } from "../core/browser.js";
import { known, t } from "./text.js";

const FAMILY = browserOf(navigator.userAgent, navigator.maxTouchPoints);
/** Whether the page hears of it by itself; with some one has to ask again. */
const NOTICES = ["chrome", "android"].includes(FAMILY) && "permissions" in navigator;

export function unblockView() {
  const steps = [1, 2, 3].map((nth) => ({ key: `unblock.${FAMILY}_${nth}`, words: t(`unblock.${FAMILY}_${nth}`) }));
  return html`<ol class="steps" data-testid="unblock" data-browser=${FAMILY}>
    ${steps.filter(({ key }) => known(key)).map(({ words }) => html`<li>${words}</li>`)}
    <li>${t(NOTICES ? "unblock.notices" : "unblock.again")}</li>
  </ol>`;
}

/** The same, folded away. */
export function foldedUnblockView() {
  return html`<details class="fold"><summary>${t("unblock.how")}</summary>${unblockView()}</details>`;
}
