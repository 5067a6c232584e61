// How much of a picture each of the others is sent.

import assert from "node:assert/strict";
import { test } from "node:test";

import { cameraShape, screenShape, soundRate } from "../../../web/static/js/core/budget.js";

const SIZES = Array.from({ length: 12 }, (_, others) => others);

test("with every person each is sent no more, and all together stay within two and a half megabits a second", () => {
  for (const others of SIZES.slice(1)) {
    const [fewer, more] = [cameraShape(others, "full", false), cameraShape(others + 1, "full", false)];
    assert.ok(more.bitrate <= fewer.bitrate && more.scale >= fewer.scale && more.rate <= fewer.rate, String(others));
    if (others <= 6) assert.ok(others * fewer.bitrate <= 2_500_000);
  }
});

test("a small tile costs no more than a large one, and one that is not seen costs nothing", () => {
  for (const others of SIZES) {
    assert.ok(cameraShape(others, "small", false).bitrate <= cameraShape(others, "full", false).bitrate);
    assert.ok(!cameraShape(others, "none", false).active);
    assert.ok(cameraShape(others, "none", false).bitrate <= 30_000);
  }
  assert.ok(!screenShape(1, false).active);
});

test("low data is less than anything", () => {
  for (const wish of /** @type {const} */ (["full", "small"])) {
    assert.ok(cameraShape(1, wish, true).bitrate < cameraShape(1, "small", false).bitrate);
    assert.ok(cameraShape(9, wish, true).bitrate <= cameraShape(9, wish, false).bitrate);
  }
  assert.ok(!cameraShape(1, "none", true).active);
});

test("a screen stays sharp for many, and moves less", () => {
  assert.equal(screenShape(5, true).scale, 1);
  assert.ok(screenShape(5, true).rate < screenShape(1, true).rate);
});

test("music has more than a voice, less among many, and little data makes less of both", () => {
  assert.equal(soundRate(1, "speech", false), null, "the browser knows best");
  const [alone, many, little] = [soundRate(1, "music", false), soundRate(9, "music", false), soundRate(9, "music", true)].map(Number);
  assert.ok(alone > many && many > little);
  assert.ok(Number(soundRate(1, "speech", true)) < little);
});
