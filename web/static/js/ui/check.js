// What a call will need, each thing with how it stands and, where it does not, with what to do.

import { html } from "../../vendor/lit-html/lit-html.js";
import { icon } from "./parts.js";
import { t } from "./text.js";

/** @typedef {{name: "browser" | "server" | "ways" | "relay" | "camera" | "mic", finding: import("../io/trial.js").Finding | null, runs: boolean}} Item */

const ICONS = Object.freeze({ good: "check", warn: "info", bad: "warning" });

/** @param {readonly Item[]} items @param {{again: () => void, devices: () => void}} intents */
export function checkView(items, intents) {
  const busy = items.some((each) => each.runs);
  const found = items.flatMap((each) => each.finding?.verdict ?? []);
  const sum = busy ? "runs" : found.includes("bad") ? "bad" : found.includes("warn") ? "warn" : "good";
  const untried = items.some((each) => each.name === "camera" && !each.finding && !each.runs);
  return html`<section class="check">
    <h1>${t("check.title")}</h1>
    <p class="lead" role="status" data-testid="check-sum" data-state=${sum}>${t(`check.sum_${sum}`)}</p>
    <ul class="check-list">${items.map(itemView)}</ul>
    <p class="actions">
      ${untried ? html`<button type="button" class="button primary" data-testid="check-devices" @click=${intents.devices}>${icon("camera")} ${t("check.devices")}</button>` : null}
      <button type="button" class="button" data-testid="check-again" ?disabled=${busy} @click=${intents.again}>${icon("retry")} ${t("check.again")}</button>
    </p>
  </section>`;
}

/** @param {Item} item */
function itemView({ name, finding, runs }) {
  const state = finding?.verdict ?? (runs ? "runs" : "waits");
  return html`<li class="check-item" data-testid="check" data-check=${name} data-state=${state} data-says=${finding?.says ?? ""}>
    <span class="check-mark">${finding ? icon(ICONS[finding.verdict]) : html`<span class="dot"></span>`}</span>
    <div><h2>${t(`check.${name}`)}</h2><p>${finding ? t(`check.${finding.says}`, finding.values) : t(`check.${state}`)}</p></div>
  </li>`;
}
