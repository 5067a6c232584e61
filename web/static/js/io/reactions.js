// Emoji that pass by: each is seen for a moment, and nothing else is let through.

import { REACTIONS } from "../core/reactions.js";

/** @import { ReactionView } from "../core/snapshot.js" */

const SEEN_MS = 4000;
/** Of one person at a time. */
const MOST = 5;

export class Reactions {
  /** @type {readonly ReactionView[]} */
  list = Object.freeze([]);
  #changed;
  #count = 0;

  /** @param {() => void} changed */
  constructor(changed) {
    this.#changed = changed;
  }

  /** @param {string} emoji @param {string} from peer id, or "me" @param {string} name */
  show(emoji, from, name) {
    if (!REACTIONS.includes(emoji) || this.list.filter((each) => each.from === from).length >= MOST) return;
    this.#count += 1;
    const id = String(this.#count);
    this.#put([...this.list, Object.freeze({ id, from, name, emoji })]);
    setTimeout(() => this.#put(this.list.filter((each) => each.id !== id)), SEEN_MS);
  }

  /** @param {readonly ReactionView[]} list */
  #put(list) {
    this.list = Object.freeze(list);
    this.#changed();
  }
}
