// What passes a limit, whatever the clock does.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Bucket } from "../../../web/static/js/core/bucket.js";

/** Bytes that go within `seconds` in pieces of `size`, when whoever waits is woken `late` seconds after time. */
function passed(bucket, size, seconds, late = 0, start = 0) {
  let [now, bytes] = [start, 0];
  for (;;) {
    const delay = bucket.delay(now);
    now += delay && delay + late;
    if (now >= start + seconds) return bytes;
    bucket.spend(size, now);
    bytes += size;
  }
}

test("lets no more through than its rate", () => {
  const bytes = passed(new Bucket(1000, 0), 100, 10);
  assert.ok(bytes >= 9900 && bytes <= 10_100, bytes); // the first piece goes at once
});

test("makes good what a late look has cost, as on a hidden page", () => {
  const bytes = passed(new Bucket(1000, 0), 100, 60, 0.9);
  assert.ok(bytes > 58_000 && bytes <= 61_000, bytes);
});

test("saves nothing up while nobody sends", () => {
  const bucket = new Bucket(1000, 0);
  bucket.spend(100, 0);
  assert.ok(passed(bucket, 100, 2, 0, 100) <= 2100);
});

test("lets everything through at a rate of 0, and remembers nothing of it", () => {
  const bucket = new Bucket(0, 0);
  bucket.spend(1e9, 1);
  assert.equal(bucket.delay(1), 0);
  bucket.turn(1000, 2);
  assert.equal(bucket.delay(2), 0);
});

test("who waits, waits by the new rate", () => {
  const bucket = new Bucket(100, 0);
  bucket.spend(1000, 0);
  assert.equal(bucket.delay(0), 10);
  bucket.turn(1000, 0);
  assert.equal(bucket.delay(0), 1);
  bucket.turn(0, 0);
  assert.equal(bucket.delay(0), 0);
});
