// The chat of the room: what was said and heard, in the order in which it came here.

import { toBase64url } from "../core/bytes.js";
import { randomBytes } from "../core/invite.js";
import { MAX_CHAT, MAX_NAME } from "../gen/messages.js";

/**
 * @import { ChatLine } from "../core/snapshot.js"
 * @import { Control } from "../gen/messages.js"
 */

const KEPT = 500;

export class Chat {
  /** @type {readonly ChatLine[]} */
  lines = Object.freeze([]);
  #changed;

  /** @param {() => void} changed */
  constructor(changed) {
    this.#changed = changed;
  }

  /** The message for the others; null when nothing is left of the text. @param {string} text @param {string} name */
  write(text, name) {
    const clean = cut(text.replace(/[\0-\x08\x0b-\x1f\x7f]/g, "").trim(), MAX_CHAT);
    if (!clean) return null;
    const message = { type: /** @type {const} */ ("chat"), id: toBase64url(randomBytes(8)), text: clean, at: Date.now() };
    this.#add({ ...message, from: "me", name });
    return message;
  }

  /** @param {Extract<Control, {type: "chat"}>} message @param {{id: string, name: string}} peer */
  hear(message, { id, name }) {
    this.#add({ ...message, from: id, name });
  }

  /** @param {ChatLine} line */
  #add({ id, from, name, text, at }) {
    this.lines = Object.freeze([...this.lines, Object.freeze({ id, from, name, text, at })].slice(-KEPT));
    this.#changed();
  }
}

/** A display name without control characters, of no more code points than the wire takes. @param {string} name */
export const cleanName = (name) => cut(name.replace(/\p{Cc}/gu, "").trim(), MAX_NAME);

/** @param {string} text @param {number} most code points */
const cut = (text, most) => [...text.toWellFormed()].slice(0, most).join("");
