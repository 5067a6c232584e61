// Who holds the stream of a transfer. Each end holds and releases for itself; it moves while neither does.

/** @import { Control, SayControl } from "../gen/messages.js" */
/** @typedef {"" | "us" | "them" | "both"} HeldBy */

export class Holds {
  #transfer;
  #say;
  us = false;
  them = false;
  /** Whether the other end was ever told, and so must be told the latest on a new link. */
  #told = false;

  /** @param {string} transfer @param {(message: SayControl) => void} say */
  constructor(transfer, say) {
    this.#transfer = transfer;
    this.#say = say;
  }

  /** @returns {HeldBy} */
  get by() {
    if (this.us) return this.them ? "both" : "us";
    return this.them ? "them" : "";
  }

  /** @param {boolean} held */
  set(held) {
    if (held === this.us) return;
    this.us = held;
    this.#told = true;
    this.again();
  }

  /** A new link: what was said on the old one may be lost. */
  again() {
    if (this.#told) this.#say({ type: this.us ? "pause_files" : "resume_files", transfer: this.#transfer });
  }

  /** @param {Control} message whether it was about this */
  hear(message) {
    if (message.type !== "pause_files" && message.type !== "resume_files") return false;
    this.them = message.type === "pause_files";
    return true;
  }
}
