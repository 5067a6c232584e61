// How long the link lets in whoever has it: a menu for whoever decides, the time for everyone.

import { html } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { formatMoment, t } from "./text.js";

/** @typedef {import("../core/snapshot.js").DoorView} DoorView */
/** @typedef {import("../io/gate.js").Gate} Gate */

const MINUTE_S = 60;
const CHOICES = [10 * MINUTE_S, 60 * MINUTE_S, 24 * 60 * MINUTE_S];

/** The time that runs is a choice of its own, so that the same one can be taken again. @param {DoorView} door @param {Gate} gate */
export function lastsView({ locked, until, mine }, gate) {
  if (!mine || locked) return null;
  /** @param {Event} event */
  const choose = ({ target }) => gate.keepOpen(Number(/** @type {HTMLSelectElement} */ (target).value) || null);
  return html`<div class="field">
    <label for="invite-lasts">${t("invite.lasts")}</label>
    <select class="select" id="invite-lasts" data-testid="invite-lasts" @change=${choose}>
      ${until === null ? null : html`<option value="until" .selected=${live(true)}>${t("invite.lasts_until", { time: formatMoment(until) })}</option>`}
      <option value="always" .selected=${live(until === null)}>${t("invite.lasts_always")}</option>
      ${CHOICES.map((seconds) => html`<option value=${seconds} .selected=${live(false)}>${t(`invite.lasts_${seconds}`)}</option>`)}
    </select>
  </div>`;
}

/** What whoever has the link can do with it. @param {DoorView} door */
export function lettingView({ locked, until }) {
  if (until === null) return html`<p class="hint">${t(locked ? "invite.hint_locked" : "invite.hint")}</p>`;
  return html`<p class="until" data-testid="invite-until" data-until=${Math.round(until)}>${t("invite.until", { time: formatMoment(until) })}</p>`;
}
