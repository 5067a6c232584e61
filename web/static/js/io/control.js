// The control channel of one connection: first the proof, then hello, then everything else. Nothing that comes before
// both have checked is believed, and nothing but the proof is said.

import { Malformed, decodeControl, encode } from "../core/codec.js";
import { proofMac } from "../core/proof.js";

/**
 * @import { PairKeys } from "../core/pairing.js"
 * @import { Control, SayControl } from "../gen/messages.js"
 * @import { Connection } from "./connection.js"
 */

/** @typedef {Extract<Control, {type: "hello"}>} Hello */
/**
 * @typedef {object} Listener
 * @property {(hello: Hello) => void} proven  the other end is who it was paired with, and this is its name
 * @property {() => void} wrong  the certificates are not those that both ends see: someone sits in the middle
 * @property {(message: Control) => void} heard  after `proven`
 */

export class ControlTalk {
  #connection;
  #keys;
  #hello;
  #listen;
  /** @type {"proof" | "hello" | "open" | "wrong"} what is due next */
  #due = "proof";
  /** @type {(value?: unknown) => void} */
  #go = () => {};
  /** @type {Promise<unknown>} */
  #inbox = new Promise((resolve) => (this.#go = resolve));

  /** @param {Connection} connection @param {PairKeys} keys @param {() => SayControl} hello ours @param {Listener} listen */
  constructor(connection, keys, hello, listen) {
    this.#connection = connection;
    this.#keys = keys;
    this.#hello = hello;
    this.#listen = listen;
  }

  /** Says our proof, once the connection stands; what came before is read now. */
  async prove() {
    await this.#connection.opened;
    this.#connection.say(encode({ type: "proof", mac: await this.#mac(this.#keys.role) }));
    this.#go();
  }

  /** What came on the channel, in order. @param {string} text */
  receive(text) {
    this.#inbox = this.#inbox.then(() => this.#take(text));
  }

  /** @param {SayControl} message */
  say(message) {
    if (this.#due === "open") this.#connection.say(encode(message));
  }

  /** @param {string} text */
  async #take(text) {
    if (this.#due === "wrong") return;
    const message = read(text);
    if (this.#due === "open") {
      if (message) this.#listen.heard(message);
    } else if (this.#due === "hello" && message?.type === "hello") {
      this.#due = "open";
      this.#listen.proven(message);
    } else if (this.#due === "proof" && message?.type === "proof" && message.mac === (await this.#theirMac())) {
      this.#due = "hello";
      this.#connection.say(encode(this.#hello()));
    } else {
      this.#due = "wrong";
      this.#listen.wrong();
    }
  }

  #theirMac() {
    return this.#mac(this.#keys.role === "newcomer" ? "member" : "newcomer");
  }

  /** @param {"newcomer" | "member"} speaker @returns {Promise<string>} "", which matches nothing, without fingerprints */
  async #mac(speaker) {
    const seen = this.#connection.fingerprints();
    if (!seen) return "";
    const [newcomer, member] = this.#keys.role === "newcomer" ? [seen.local, seen.remote] : [seen.remote, seen.local];
    return proofMac(this.#keys.proof, speaker, newcomer, member);
  }
}

/** @param {string} text @returns {Control | null} */
function read(text) {
  try {
    return decodeControl(text);
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}
