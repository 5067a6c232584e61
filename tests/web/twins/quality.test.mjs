// What a person is told of a link's quality.

import assert from "node:assert/strict";
import { test } from "node:test";

import { QualityWatch } from "../../../web/static/js/core/quality.js";

/** @type {import("../../../web/static/js/core/quality.js").Look} */
const FINE = { came: 100, lost: 0, lostThere: 0, roundTrip: 0.02, froze: 0, limited: "none", relayed: false };

/** @param {Partial<typeof FINE>[]} looks */
function after(...looks) {
  const watch = new QualityWatch();
  for (const look of looks) watch.see({ ...FINE, ...look });
  return [watch.now.level, watch.now.cause];
}
/** @template T @param {number} count @param {T} value */
const times = (count, value) => Array.from({ length: count }, () => value);

test("less than two in a hundred lost is nothing to speak of", () => {
  assert.deepEqual(after(...times(20, { came: 985, lost: 15, lostThere: 0.015 })), ["good", ""]);
});

test("it gets worse with the second bad look", () => {
  const bad = { came: 80, lost: 20 };
  assert.deepEqual(after(bad), ["good", ""]);
  assert.deepEqual(after(bad, bad), ["poor", "downlink"]);
});

test("and better after eight good ones, once the losses are out of sight", () => {
  const bad = times(2, { came: 80, lost: 20 });
  assert.equal(after(...bad, ...times(8, {}))[0], "poor");
  assert.equal(after(...bad, ...times(12, {}))[0], "good");
});

test("each trouble has its name", () => {
  assert.deepEqual(after(...times(3, { lostThere: 0.1 })), ["poor", "uplink"]);
  assert.deepEqual(after(...times(7, { limited: /** @type {const} */ ("bandwidth") })), ["fair", "uplink"]);
  assert.deepEqual(after(...times(7, { limited: /** @type {const} */ ("cpu") })), ["fair", "cpu"]);
  assert.deepEqual(after(...times(3, { roundTrip: 0.4 })), ["fair", "far"]);
  assert.deepEqual(after(...times(3, { roundTrip: 0.9, relayed: true })), ["poor", "relay"]);
  assert.deepEqual(after(...times(3, { froze: 1 })), ["fair", "downlink"]);
});

test("a picture that is small for a moment, as at first, is no trouble", () => {
  assert.deepEqual(after(...times(4, { limited: /** @type {const} */ ("bandwidth") }), ...times(4, {})), ["good", ""]);
});

test("the worst trouble is the one that is told", () => {
  assert.deepEqual(after(...times(3, { limited: /** @type {const} */ ("cpu"), came: 80, lost: 20 })), ["poor", "downlink"]);
});

test("a line that stumbles once and again is not told of", () => {
  assert.equal(after({ roundTrip: 0.5 }, {}, { roundTrip: 0.5 }, {}, { roundTrip: 0.5 })[0], "good");
});
