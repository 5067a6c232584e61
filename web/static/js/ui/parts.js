// The smallest parts: an icon, art, a name, and a way to draw a subtree again.

import { html, render } from "../../vendor/lit-html/lit-html.js";

/** @typedef {import("../../vendor/lit-html/lit-html.js").TemplateResult} Template */

/** An icon of templates/icons.svg; its meaning stands in text beside it. @param {string} name */
export function icon(name) {
  return html`<svg class="icon" aria-hidden="true"><use href=${`#i-${name}`}></use></svg>`;
}

/** @param {"cans" | "waiting" | "cut"} name */
export function art(name) {
  return html`<svg class="art" viewBox="0 0 720 210" aria-hidden="true"><use href=${`#art-${name}`}></use></svg>`;
}

/** A touch beside the box of a dialog shuts it. @param {MouseEvent} event of the dialog */
export function closeBeside({ target, currentTarget }) {
  if (target === currentTarget) /** @type {HTMLDialogElement} */ (currentTarget).close();
}

/**
 * Gives one view a subtree of its own. `redraw` draws it anew, once for all calls of one turn.
 * @param {HTMLElement} host emptied first @param {() => Template} view @param {() => void} [after] once it is drawn
 */
export function mount(host, view, after) {
  const root = document.createElement("div");
  root.className = "view";
  host.replaceChildren(root);
  let due = false;
  const draw = () => {
    due = false;
    if (!root.isConnected) return;
    render(view(), root);
    after?.();
  };
  draw();
  return () => {
    if (due) return;
    due = true;
    queueMicrotask(draw);
  };
}
