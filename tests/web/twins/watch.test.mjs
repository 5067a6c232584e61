// Why a transfer stands still, and when something is done about it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { STILL_S, Watch, causeOf } from "../../../web/static/js/core/watch.js";
import { readVectors } from "./vectors.mjs";

const MOVING = {
  gives: true, moved: 0, linked: true, served: true, asking: false, paused_here: false, paused_there: false,
  limited: false, outstanding: false, reading: "", writing: "",
};
const seen = (changes = {}) => ({ ...MOVING, ...changes });

/** Looks twice a second at the same facts; what was done, with its time. */
function watched(watch, facts, from, to) {
  const done = [];
  for (let now = from; now < to; now += 0.5) for (const { type } of watch.look(facts, now)) done.push([type, now]);
  return done;
}

for (const { name, gives, steps } of readVectors("watch")) {
  test(name, () => {
    const watch = new Watch(0);
    let facts = seen({ gives });
    for (const [at, changes, expected] of steps) {
      facts = { ...facts, ...changes };
      const effects = watch.look(facts, at);
      assert.deepEqual(effects, expected.filter(({ type }) => type !== "still" && type !== "tell"), `at ${at}`);
      const told = expected.find(({ type }) => type === "still");
      if (told) assert.equal(watch.still, told.cause, `at ${at}`);
      else if (watch.still) assert.equal(watch.still, causeOf(facts), `at ${at}`); // it goes on
    }
  });
}

test("names the first cause that is true, from what nobody can help to what is left", () => {
  const causes = [
    ["server_lost", { linked: false, served: false, paused_here: true }],
    ["link_lost", { linked: false, outstanding: true }],
    ["paused_here", { paused_here: true, paused_there: true }],
    ["paused_there", { paused_there: true, outstanding: true }],
    ["asking", { asking: true }],
    ["wire", { outstanding: true, limited: true }],
    ["limited", { limited: true, reading: "disk" }],
    ["slow_source", { reading: "disk" }],
    ["quiet_stream", { reading: "stream" }],
    ["slow_disk", { gives: false, writing: "disk" }],
    ["slow_reader", { gives: false, writing: "pipe" }],
    ["receiver_slow", {}],
    ["sender_slow", { gives: false }],
  ];
  for (const [cause, changes] of causes) assert.equal(causeOf(seen(changes)), cause);
});

test("says nothing while bytes move, and takes its word back when they do again", () => {
  const watch = new Watch(0);
  for (let now = 0; now < 60; now += 0.5) {
    watch.look(seen({ moved: now }), now);
    assert.equal(watch.still, null);
  }
  watched(watch, seen({ moved: 60 }), 60, 60 + STILL_S);
  assert.equal(watch.still, null);
  watch.look(seen({ moved: 60 }), 60 + STILL_S);
  assert.equal(watch.still, "receiver_slow");
  watch.look(seen({ moved: 61 }), 61 + STILL_S);
  assert.equal(watch.still, null);
});

test("counts anew when the reason is another", () => {
  const watch = new Watch(0);
  watched(watch, seen({ asking: true }), 0, 9.5);
  watched(watch, seen(), 9.5, 19.5);
  assert.equal(watch.still, null);
  watch.look(seen(), 19.5);
  assert.equal(watch.still, "receiver_slow");
});

test("does nothing about what is somebody's will, or a disk's", () => {
  for (const changes of [{ paused_here: true }, { asking: true }, { linked: false }, { reading: "disk" }, { limited: true }, {}]) {
    assert.deepEqual(watched(new Watch(0), seen(changes), 0, 60), []);
  }
});
