// Which of the others' pictures can be seen right now, and how large: what nobody looks at need not be sent. A recording
// looks at all of them, whatever the page shows.

import { ENLARGED, floatingTile } from "./enlarging.js";

/** @import { View } from "../io/sight.js" */

/** Device pixels of height up to which a small picture is enough. */
const SMALL = 200;
/** On a denser screen a tile of the strip is no larger to the eye. */
const DENSEST = 1.5;
/** A page that is hidden for a moment only, as while one looks for another window, changes nothing. */
const GRACE_MS = 2000;

export class Watching {
  #host;
  #report;
  #page = new AbortController();
  /** @type {Map<Element, boolean>} */
  #tiles = new Map();
  #hidden = document.hidden;
  #records = false;
  #eye;
  #ruler;

  /** @param {HTMLElement} host @param {(peer: string, view: View) => void} report */
  constructor(host, report) {
    this.#host = host;
    this.#report = report;
    this.#eye = new IntersectionObserver((seen) => {
      for (const { target, isIntersecting } of seen) if (this.#tiles.has(target)) this.#tiles.set(target, isIntersecting);
      this.#tell();
    });
    this.#ruler = new ResizeObserver(() => this.#tell());
    const { signal } = this.#page;
    document.addEventListener("visibilitychange", () => this.#turned(), { signal });
    for (const event of ENLARGED) document.addEventListener(event, () => this.#tell(), { signal });
  }

  /** After each drawing: tiles may have come or gone. @param {boolean} records whether a recording is made here */
  follow(records) {
    const now = new Set(this.#host.querySelectorAll(".tile.peer, .tile.screen"));
    for (const tile of this.#tiles.keys()) if (!now.has(tile)) this.#drop(tile);
    for (const tile of now) {
      if (this.#tiles.has(tile)) continue;
      this.#tiles.set(tile, true);
      this.#eye.observe(tile);
      this.#ruler.observe(tile);
    }
    if (records === this.#records) return;
    this.#records = records;
    this.#tell();
  }

  end() {
    this.#page.abort();
    for (const tile of [...this.#tiles.keys()]) this.#drop(tile);
  }

  /** @param {Element} tile */
  #drop(tile) {
    this.#tiles.delete(tile);
    this.#eye.unobserve(tile);
    this.#ruler.unobserve(tile);
  }

  #turned() {
    setTimeout(() => {
      this.#hidden = document.hidden;
      this.#tell();
    }, document.hidden ? GRACE_MS : 0);
  }

  #tell() {
    for (const tile of this.#tiles.keys()) {
      const { peer } = /** @type {HTMLElement} */ (tile).dataset;
      if (!peer) continue;
      if (this.#records) {
        this.#report(peer, { camera: "full", screen: true });
        continue;
      }
      const screen = this.#host.querySelector(`.tile.screen[data-screen="${peer}"]`);
      const small = floatingTile() !== tile && tile.clientHeight * Math.min(devicePixelRatio, DENSEST) < SMALL;
      this.#report(peer, { camera: !this.#isSeen(tile) ? "none" : small ? "small" : "full", screen: screen ? this.#isSeen(screen) : !this.#hidden });
    }
  }

  /** A window of its own shows a picture whatever becomes of the page; one tile in full screen hides the others. @param {Element} tile */
  #isSeen(tile) {
    if (floatingTile() === tile) return true;
    const filling = this.#host.querySelector(".tile[data-filled]");
    const covered = filling !== null && filling !== tile;
    return this.#tiles.get(tile) !== false && !this.#hidden && !covered;
  }
}
