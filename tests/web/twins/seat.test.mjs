// What a page that is loaded again knows of the one before; the tab's storage is the test's.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Seat } from "../../../web/static/js/io/seat.js";

/** @type {Map<string, string>} */
const kept = new Map();
beforeEach(() => {
  kept.clear();
  globalThis.sessionStorage = {
    getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key),
  };
});

/** @param {string} room */
function enter(room) {
  const seat = new Seat();
  seat.enter(room);
  return seat;
}

test("a page that is new in a room has no patience with it", () => {
  const seat = enter("n7");
  assert.equal(seat.patience, 0);
  assert.equal(seat.goesOn, false);
});

test("a page whose files were coming in waits for their sender, once, and in the same room only", () => {
  enter("n7").leave(true);
  assert.equal(enter("n8").patience, 0);
  enter("n7").leave(true);
  const seat = enter("n7");
  assert.ok(seat.goesOn);
  assert.ok(seat.patience > 10_000);
  assert.equal(enter("n7").patience, 0, "a page that did not go on left nothing behind");
});

test("a page that was there waits a moment for its own seat", () => {
  enter("n7").leave(false);
  const seat = enter("n7");
  assert.equal(seat.goesOn, false);
  assert.ok(seat.patience > 0 && seat.patience < 5000);
});

test("files are not waited for without end", (context) => {
  enter("n7").leave(true);
  const seat = enter("n7");
  const then = performance.now() + 60_000;
  context.mock.method(performance, "now", () => then);
  assert.equal(seat.goesOn, false);
});

test("where storage is blocked a page is as any other", () => {
  const blocked = () => {
    throw new Error("blocked");
  };
  globalThis.sessionStorage = { getItem: blocked, setItem: blocked, removeItem: blocked };
  const seat = enter("n7");
  seat.leave(true);
  assert.equal(seat.patience, 0);
});
