// Files that are put on the page by hand: dropped anywhere, or pasted.

import { bringsFiles, dropped } from "./dropped.js";
import { pasted } from "./pasted.js";

/** @typedef {import("../io/source.js").Picked} Picked */
/**
 * @typedef {object} Listener
 * @property {(files: readonly Picked[], peer?: string) => void} offer
 * @property {(paths: readonly string[]) => void} unreadable  these of what was dropped
 * @property {() => void} changed  another count
 */

export class Drops {
  /** Files found so far in what was dropped, -1 while nothing is looked through. */
  gathering = -1;
  #listen;

  /** @param {AbortSignal} signal ends it @param {Listener} listen */
  constructor(signal, listen) {
    this.#listen = listen;
    signal.addEventListener("abort", () => mark(false));
    addEventListener("dragover", dragged, { signal });
    addEventListener("drop", () => mark(false), { signal, capture: true }); // wherever it fell
    addEventListener("drop", (event) => this.#droppedBeside(event), { signal });
    document.addEventListener("dragleave", (event) => event.relatedTarget || mark(false), { signal });
    addEventListener("paste", (event) => this.#pasted(event), { signal });
  }

  /** @param {DataTransfer} data @param {string} [peer] whom alone it is for */
  async take(data, peer) {
    const { picked, unreadable } = await dropped(data, (count) => this.#gather(count));
    this.#gather(-1);
    if (unreadable.length) this.#listen.unreadable(unreadable);
    this.#listen.offer(picked, peer);
  }

  /** A file dropped anywhere is for everyone; on a tile it was for that peer. @param {DragEvent} event */
  #droppedBeside(event) {
    if (!event.dataTransfer || !bringsFiles(event) || event.defaultPrevented) return;
    event.preventDefault();
    void this.take(event.dataTransfer);
  }

  /** @param {number} count */
  #gather(count) {
    this.gathering = count;
    this.#listen.changed();
  }

  /** @param {ClipboardEvent} event */
  #pasted(event) {
    const files = pasted(event);
    if (!files.length) return;
    event.preventDefault();
    this.#listen.offer(files);
  }
}

/** @param {DragEvent} event */
function dragged(event) {
  if (!bringsFiles(event)) return;
  event.preventDefault();
  mark(true);
}

/** @param {boolean} on */
function mark(on) {
  document.body.toggleAttribute("data-dragging", on);
}
