// The door as a person sees it: a lock to turn, who knocks, and what one reads outside.

import { html } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { art, icon } from "./parts.js";
import { t } from "./text.js";

/** @typedef {import("../core/snapshot.js").DoorView} DoorView */
/** @typedef {import("../io/gate.js").Gate} Gate */

/** In the bar, for everyone. @param {DoorView} door */
export function lockedView({ locked, outside }) {
  if (!locked || outside) return null;
  return html`<span class="locked" data-testid="locked" role="img" aria-label=${t("door.is_locked")} title=${t("door.is_locked")}>${icon("lock")}</span>`;
}

/** In the list of people: the lock for whoever decides, the fact for all others. @param {DoorView} door @param {Gate} gate */
export function lockView({ locked, mine }, gate) {
  if (!mine) return locked ? html`<p class="hint">${icon("lock")} ${t("door.is_locked")}</p>` : null;
  return html`<label class="check"><input type="checkbox" data-testid="lock" .checked=${locked}
    @change=${(/** @type {Event} */ event) => gate.lock(/** @type {HTMLInputElement} */ (event.target).checked)}> ${t("door.lock")}</label>`;
}

/** Who knocks. The region is there before anybody does, so that it is read out. @param {DoorView} door @param {Gate} gate */
export function knocksView({ knocks }, gate) {
  return html`<section class="knocks" aria-live="polite" aria-label=${t("door.knocks")}>
    ${repeat(knocks, ({ instance }) => instance, ({ instance, name, held }) => html`<div class="notice knock" data-testid="knock" data-name=${name} data-held=${held}>
      ${icon("knock")}
      <p>${t(held ? "door.is_held" : "door.knocks_name", { name: name || t("peer.nameless") })}</p>
      <div class="knock-answers">
        <button type="button" class="button small primary" data-testid="let-in" @click=${() => gate.decide(instance, "admit")}>${t("door.let_in")}</button>
        ${held ? null : html`<button type="button" class="button small" data-testid="hold" @click=${() => gate.hold(instance)}>${t("door.hold")}</button>`}
        <button type="button" class="button small plain" data-testid="refuse" @click=${() => gate.decide(instance, "refuse")}>${t("door.refuse")}</button>
      </div>
    </div>`)}
  </section>`;
}

/** In place of the stage, for whoever stands outside. @param {DoorView} door */
export function outsideView({ outside }) {
  return html`<section class="waiting" data-testid="outside" data-state=${outside} role="status">
    ${art("waiting")}
    <h1>${t("door.outside")}</h1>
    <p>${t(outside === "held" ? "door.outside_held" : "door.outside_text")}</p>
  </section>`;
}
