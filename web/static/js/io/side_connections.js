// Connections beside the main one with a peer, each for one side lane of a transfer.

import { Connection } from "./connection.js";

/** With one peer, over all transfers. */
const MAX_SIDES = 32;

export class SideConnections {
  #iceServers;
  /** @type {Set<Connection>} */
  #open = new Set();

  /** @param {() => readonly import("./connection.js").IceServer[]} iceServers */
  constructor(iceServers) {
    this.#iceServers = iceServers;
  }

  /** Whether there may be one more. */
  get hasRoom() {
    return this.#open.size < MAX_SIDES;
  }

  /** To be closed with `end`. @param {import("./connection.js").Listener} listen */
  begin(listen) {
    const side = new Connection(this.#iceServers(), listen);
    this.#open.add(side);
    return side;
  }

  /** @param {Connection} side */
  end(side) {
    side.close();
    this.#open.delete(side);
  }
}
