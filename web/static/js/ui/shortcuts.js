// The keyboard in a call: one catalogue of what each key does, which the help shows and the page obeys.
//
// Single keys may be switched off (WCAG 2.2, 2.1.4), and are never taken from a field, a menu or a dialog.

import { html } from "../../vendor/lit-html/lit-html.js";
import { loadChoices, saveChoices } from "./choices.js";
import { closeBeside, icon } from "./parts.js";
import { t } from "./text.js";

/** @typedef {"mic" | "camera" | "screen" | "hand" | "chat" | "files" | "people" | "layout" | "record" | "talk" | "lock" | "admit" | "help"} Act */

/**
 * By `KeyboardEvent.key`, or by its `code` where another script is on the keys.
 * @type {readonly {key: string, code: string, act: Act}[]}
 */
const SHORTCUTS = Object.freeze([
  { key: "m", code: "KeyM", act: "mic" },
  { key: "v", code: "KeyV", act: "camera" },
  { key: "s", code: "KeyS", act: "screen" },
  { key: "h", code: "KeyH", act: "hand" },
  { key: "g", code: "KeyG", act: "layout" },
  { key: "r", code: "KeyR", act: "record" },
  { key: " ", code: "Space", act: "talk" },
  { key: "c", code: "KeyC", act: "chat" },
  { key: "f", code: "KeyF", act: "files" },
  { key: "p", code: "KeyP", act: "people" },
  { key: "l", code: "KeyL", act: "lock" },
  { key: "k", code: "KeyK", act: "admit" },
  { key: "?", code: "", act: "help" },
]);
/** Where keys mean something already. */
const TAKEN = "input, textarea, select, [contenteditable], dialog";
const PRESSED_BY_SPACE = "button, summary, a, video";

export class Keyboard {
  #act;
  #release;

  /**
   * @param {AbortSignal} signal ends it
   * @param {(act: Act) => void} act  a key went down; `talk` lasts until `release`
   * @param {() => void} release  the key of `talk` is up again
   */
  constructor(signal, act, release) {
    this.#act = act;
    this.#release = release;
    addEventListener("keydown", (event) => this.#down(event), { signal });
    addEventListener("keyup", (event) => event.key === " " && this.#release(), { signal });
    addEventListener("blur", () => this.#release(), { signal });
  }

  /** @param {KeyboardEvent} event */
  #down(event) {
    const { key, code, target } = event;
    if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!(target instanceof Element) || target.closest(TAKEN)) return;
    const found = SHORTCUTS.find((each) => each.key === key.toLowerCase()) ?? SHORTCUTS.find((each) => !isLatin(key) && each.code === code);
    if (!found || (found.act === "talk" && target.closest(PRESSED_BY_SPACE))) return;
    if (found.act !== "help" && !loadChoices().shortcuts) return;
    event.preventDefault();
    this.#act(found.act);
  }
}

/** @param {boolean} open @param {() => void} closed */
export function shortcutsView(open, closed) {
  /** @param {Event} event */
  const choose = (event) => saveChoices({ shortcuts: /** @type {HTMLInputElement} */ (event.target).checked });
  return html`<dialog class="box shortcuts" data-testid="shortcuts" aria-labelledby="shortcuts-title" @close=${closed} @click=${closeBeside}>
    ${open
      ? html`<form method="dialog" class="box-inside">
          <h2 id="shortcuts-title">${icon("keyboard")} ${t("shortcuts.title")}</h2>
          <dl>${SHORTCUTS.map(({ key, act }) => html`<div><dt><kbd>${key === " " ? t("shortcuts.space") : key.toUpperCase()}</kbd></dt><dd>${t(`shortcuts.${act}`)}</dd></div>`)}</dl>
          <label class="check"><input type="checkbox" data-testid="shortcuts-on" .checked=${loadChoices().shortcuts} @change=${choose}> ${t("shortcuts.on")}</label>
          <button class="button primary">${t("safety.close")}</button>
        </form>`
      : null}
  </dialog>`;
}

/** @param {string} key */
const isLatin = (key) => /^[a-z]$/i.test(key);
