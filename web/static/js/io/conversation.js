// What people say beside talking, from end to end: chat lines, emoji that pass by, and the wish that somebody mutes.

import { Chat } from "./chat.js";
import { Reactions } from "./reactions.js";

/**
 * @import { Control } from "../gen/messages.js"
 * @import { Peer } from "./peer.js"
 */
/**
 * @typedef {object} House
 * @property {string} name  ours
 * @property {() => readonly Peer[]} peers
 * @property {(name: string) => void} askedToMute  by somebody of that name
 * @property {() => void} changed
 */

export class Conversation {
  #house;
  #chat;
  #reactions;

  /** @param {House} house */
  constructor(house) {
    this.#house = house;
    this.#chat = new Chat(house.changed);
    this.#reactions = new Reactions(house.changed);
  }

  get lines() {
    return this.#chat.lines;
  }

  get reactions() {
    return this.#reactions.list;
  }

  /** @param {string} text */
  write(text) {
    const message = this.#chat.write(text, this.#house.name);
    if (message) for (const peer of this.#house.peers()) peer.say(message);
  }

  /** @param {string} emoji one of REACTIONS */
  react(emoji) {
    this.#reactions.show(emoji, "me", this.#house.name);
    for (const peer of this.#house.peers()) peer.say({ type: "reaction", emoji });
  }

  /** Whoever comes late is told what was written before. @param {Peer} peer */
  greet(peer) {
    if (peer.can("history")) for (const line of this.#chat.past) peer.say(line);
  }

  /** @param {Control} message @param {Peer} peer who says it @returns {boolean} whether it is of such things */
  heard(message, peer) {
    switch (message.type) {
      case "chat":
        this.#chat.hear(message, peer);
        return true;
      case "past":
        this.#chat.learn(message, peer);
        return true;
      case "reaction":
        this.#reactions.show(message.emoji, peer.id, peer.name);
        return true;
      case "ask_mute":
        this.#house.askedToMute(peer.name);
        return true;
      default:
        return false;
    }
  }
}
