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

const NO_ROOM = 4404;

/** How often a room is asked for that is not there, for 5 s at most. */
function asksFor(patience, clock) {
  const before = sockets.length;
  const ends = [];
  const link = new ServerLink("http://localhost", "n7", {
    heard: () => {}, changed: () => {}, ended: (why) => ends.push(why), holdsLink: () => false, hurries: () => false,
  });
  link.open(patience);
  for (let ms = 0; ms < 5000 && !ends.length; ms += 50) {
    const socket = sockets.at(-1);
    if (socket.onclose) socket.onclose({ code: NO_ROOM });
    mock.timers.tick(50);
    clock.now += 50;
  }
  assert.deepEqual(ends, ["no-room"]);
  return sockets.length - before;
}

test("a room that is not there is asked for once, and again for a while by a page that was in it", (context) => {
  const clock = { now: 1 };
  context.mock.method(performance, "now", () => clock.now);
  assert.equal(asksFor(0, clock), 1);
  assert.ok(asksFor(1000, clock) > 2);
});
