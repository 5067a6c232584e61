// What a person is told while the server says nothing, or says no.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Notices } from "../../../web/static/js/io/notices.js";
import { ServerWatch } from "../../../web/static/js/io/server_watch.js";

mock.timers.enable({ apis: ["setTimeout"] });

/** A watch that has begun, and the keys that one reads. */
function begun() {
  const notices = new Notices(() => {});
  const watch = new ServerWatch(notices, () => {});
  watch.start();
  return { watch, keys: () => notices.list.map(({ key }) => key) };
}

test("a server that says nothing is told of after ten seconds, and no more once it answers", () => {
  const { watch, keys } = begun();
  mock.timers.tick(9_999);
  assert.deepEqual(keys(), []);
  mock.timers.tick(1);
  assert.deepEqual(keys(), ["server-silent"]);
  watch.turned("connected");
  assert.deepEqual(keys(), []);
});

test("a server that says no is not called silent: the room is awaited, and that is said once", () => {
  const { watch, keys } = begun();
  watch.refused("no_room");
  watch.refused("no_room");
  mock.timers.tick(60_000);
  assert.deepEqual(keys(), ["room-awaited"]);
  watch.turned("connected");
  assert.deepEqual(keys(), []);
});

test("a server that is back and has no room yet is not said to be gone", () => {
  const { watch, keys } = begun();
  watch.turned("connected");
  watch.turned("reconnecting");
  assert.deepEqual(keys(), ["server-lost"]);
  watch.refused("room_full");
  assert.deepEqual(keys(), ["room-awaited"]);
});

test("other refusals say nothing of the room", () => {
  const { watch, keys } = begun();
  watch.refused("rate");
  assert.deepEqual(keys(), []);
});
