// The chat of the room: what was said and heard. It is kept nowhere, so whoever comes later is told by those who are here:
// by each what it wrote, and what it heard from those who have left. The same id is the same line, and what its writer
// says of it counts more than what another does.

import { toBase64url } from "../core/bytes.js";
import { randomBytes } from "../core/invite.js";
import { MAX_CHAT, MAX_NAME } from "../gen/messages.js";

/**
 * @import { ChatLine } from "../core/snapshot.js"
 * @import { Control, SayControl } from "../gen/messages.js"
 */

const KEPT = 500;
/** Lines that a newcomer is told. */
const TOLD = 100;

export class Chat {
  /** What is heard live stands last; of before, each where its time is. @type {readonly ChatLine[]} */
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
    this.#put([...this.lines, lineOf(message, "me", name)]);
    return message;
  }

  /** @param {Extract<Control, {type: "chat"}>} message @param {{id: string, name: string}} peer */
  hear(message, { id, name }) {
    const before = this.lines.filter((line) => line.id !== message.id || !line.told);
    if (before.some((line) => line.id === message.id)) return;
    this.#put([...before, lineOf(message, id, name)]);
  }

  /** A line of before. @param {Extract<Control, {type: "past"}>} message @param {{id: string, name: string}} peer who tells it */
  learn(message, { id, name }) {
    const firstHand = typeof message.name !== "string";
    const before = this.lines.filter((line) => line.id !== message.id || !(firstHand && line.told));
    if (before.some((line) => line.id === message.id)) return;
    const line = firstHand ? lineOf(message, id, name) : lineOf(message, "", message.name ?? "", name);
    const later = before.findIndex((other) => other.at > line.at);
    this.#put(before.toSpliced(later < 0 ? before.length : later, 0, line));
  }

  /** What is to be told to somebody whose link is new. @returns {Extract<SayControl, {type: "past"}>[]} */
  get past() {
    return this.lines.slice(-TOLD).map(({ id, from, name, text, at }) => ({ type: "past", id, text, at, ...(from !== "me" && { name }) }));
  }

  /** @param {readonly ChatLine[]} lines */
  #put(lines) {
    this.lines = Object.freeze(lines.slice(-KEPT));
    this.#changed();
  }
}

/** @param {{id: string, text: string, at: number}} message @param {string} from @param {string} name @param {string} [told] @returns {ChatLine} */
const lineOf = ({ id, text, at }, from, name, told = "") => Object.freeze({ id, from, name, text, at, told });

/** A display name without control characters, of no more code points than the wire takes. @param {string} name */
export const cleanName = (name) => cut(name.replace(/\p{Cc}/gu, "").trim(), MAX_NAME);

/** @param {string} text @param {number} most code points */
const cut = (text, most) => [...text.toWellFormed()].slice(0, most).join("");
