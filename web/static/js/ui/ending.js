// The last page of a visit: it was left, or could not be, and what one may do now.

import { html } from "../../vendor/lit-html/lit-html.js";
import { art, icon } from "./parts.js";
import { known, t } from "./text.js";

/**
 * @param {{reason: string, again: (() => void) | null}} ending  reason: a key under `ended.`
 */
export function endingView({ reason, again }) {
  const key = known(`ended.${reason}.title`) ? reason : "refused";
  return html`
    <section class="ending" data-testid="ending" data-reason=${reason}>
      ${art(key === "left" ? "cans" : "cut")}
      <h1 tabindex="-1">${t(`ended.${key}.title`)}</h1>
      <p class="lead" role="status">${t(`ended.${key}.text`)}</p>
      <p class="actions">
        ${again
          ? html`<button type="button" class="button primary" @click=${again}>
              ${icon("retry")} ${key === "left" ? t("ended.rejoin") : t("ended.again")}
            </button>`
          : null}
        <a class=${again ? "button" : "button primary"} href="/">${t("app.home")}</a>
      </p>
    </section>
  `;
}
