// When the page gives a socket to the server up; sockets and the network's coming and going are the test's.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

mock.timers.enable({ apis: ["setTimeout"] });
const network = new EventTarget();
globalThis.addEventListener = network.addEventListener.bind(network);
globalThis.removeEventListener = network.removeEventListener.bind(network);
/** @type {Socket[]} */
const sockets = [];

class Socket {
  static OPEN = 1;
  readyState = Socket.OPEN;
  said = [];
  constructor() {
    sockets.push(this);
  }
  send(text) {
    this.said.push(JSON.parse(text));
  }
  close() {
    this.readyState = 2;
  }
}
globalThis.WebSocket = Socket;

const { ServerLink } = await import("../../../web/static/js/io/websocket.js");

const WELCOME = {
  type: "welcome", seq: 1, v: 1, session: "s".repeat(22), resume_token: "t".repeat(43), peer: "p".repeat(11),
  members: [], limit: 8, creator: true, heartbeat: 8, ice_servers: [],
};

test("a network that went away and is back brings a new socket at once, on the session that was", () => {
  const states = [];
  const link = new ServerLink("http://localhost", "r".repeat(22), {
    heard: () => {}, changed: (state) => states.push(state), ended: (why) => assert.fail(why), holdsLink: () => true, hurries: () => false,
  });
  link.open();
  sockets[0].onopen();
  sockets[0].onmessage({ data: JSON.stringify(WELCOME) });
  assert.deepEqual(states, ["connected"]);
  network.dispatchEvent(new Event("online"));
  assert.equal(sockets.length, 2);
  assert.equal(sockets[0].readyState, 2);
  assert.deepEqual(states, ["connected", "reconnecting"]);
  sockets[1].onopen();
  assert.equal(sockets[1].said[0].resume.session, WELCOME.session);
  link.close();
  network.dispatchEvent(new Event("online"));
  assert.equal(sockets.length, 2, "what has ended stays so");
});
