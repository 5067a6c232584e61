// Rate and remaining time.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Meter } from "../../../web/static/js/io/meter.js";

test("settles on a steady rate and tells what is left", () => {
  const meter = new Meter();
  for (let second = 1; second <= 20; second += 1) meter.update(second * 1000, second * 1000);
  assert.equal(meter.rate, 1000);
  assert.equal(meter.eta(20_000, 25_000), 5);
});

test("follows a change by and by, and tells nothing without a total or before it moved", () => {
  const meter = new Meter();
  assert.equal(meter.eta(0, 10), null);
  meter.update(0, 1000);
  meter.update(1000, 2000);
  meter.update(1000, 3000);
  assert.ok(meter.rate > 0 && meter.rate < 1000);
  assert.equal(meter.eta(1000, -1), null);
});
