// What one may do with a tile: pin it, fill the screen with it, let it float. On a desk the buttons show under the pointer and
// in focus, under a finger after a touch of the tile: no face is covered for long.

import { html } from "../../vendor/lit-html/lit-html.js";
import { CAN_FILL, CAN_FLOAT } from "./enlarging.js";
import { icon } from "./parts.js";
import { t } from "./text.js";

/**
 * @typedef {object} Arrangement
 * @property {Readonly<import("../core/layout.js").Plan>} plan
 * @property {string} filled  the tile that fills the screen
 * @property {string} floating  the tile in a window of its own
 */
/**
 * @typedef {object} ToolIntents
 * @property {(tile: string) => void} pin
 * @property {(tile: Element) => void} fill
 * @property {(video: HTMLVideoElement) => void} float
 */
/**
 * @typedef {object} Subject
 * @property {string} tile  its name in the layout
 * @property {string} name  of the peer
 * @property {boolean} screen  whether it is a shared screen
 * @property {boolean} shows  whether there is a picture now
 */

/** Where a tile stands: "even" in a grid. @param {Arrangement["plan"]} plan @param {string} tile */
export function sizeOf({ shape, large }, tile) {
  if (shape === "grid") return "even";
  return tile === large ? "large" : "small";
}

/** @param {Subject} subject @param {Arrangement} arrangement @param {ToolIntents} intents */
export function toolsView({ tile, name, screen, shows }, { plan, filled, floating }, intents) {
  const pinned = plan.pinned === tile;
  const fills = filled === tile;
  const floats = floating === tile;
  return html`<div class="tools" role="group" aria-label=${t("tile.tools", { name })}>
    ${plan.choice ? tool("pin", "pin", pinned, t(screen ? "tile.pin_screen" : "tile.pin", { name }), t("tile.unpin"), () => intents.pin(tile)) : null}
    ${CAN_FLOAT && (shows || floats)
      ? tool("float", "float", floats, t(screen ? "tile.float_screen" : "tile.float", { name }), t("tile.unfloat"), (event) => intents.float(pictureOf(event)))
      : null}
    ${CAN_FILL
      ? tool("fill", fills ? "unfill" : "fill", fills, t(screen ? "tile.fill_screen" : "tile.fill", { name }), t("room.unfill"), (event) => intents.fill(tileOf(event)))
      : null}
  </div>`;
}

/**
 * @param {"pin" | "fill" | "float"} what @param {string} picture @param {boolean} on @param {string} label @param {string} undo
 * @param {(event: Event) => void} act
 */
function tool(what, picture, on, label, undo, act) {
  return html`<button type="button" class="tool" data-testid=${`tile-${what}`} aria-pressed=${on} aria-label=${label} title=${on ? undo : label} @click=${act}>
    ${icon(picture)}
  </button>`;
}

/** A touch shows the tools of the tile under it, and puts those of the others away. @param {Event} event of the stage */
export function reveal({ target, currentTarget }) {
  if (!(target instanceof Element) || !(currentTarget instanceof Element)) return;
  const touched = target.closest("button") ? null : target.closest(".tile");
  for (const tile of currentTarget.querySelectorAll(".tile")) tile.toggleAttribute("data-touched", tile === touched && !tile.hasAttribute("data-touched"));
}

/** @param {Event} event */
const tileOf = ({ currentTarget }) => /** @type {Element} */ (/** @type {Element} */ (currentTarget).closest(".tile"));

/** @param {Event} event */
const pictureOf = (event) => /** @type {HTMLVideoElement} */ (tileOf(event).querySelector("video"));
