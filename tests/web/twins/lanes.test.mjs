import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Lanes } from "../../../web/static/js/core/lanes.js";

const { lanes } = JSON.parse(readFileSync(new URL("../../vectors/lanes.json", import.meta.url), "utf8"));

for (const { name, size, round_trip: roundTrip, most, begins, interval, steps } of lanes) {
  test(name, () => {
    const policy = new Lanes(size, roundTrip, most);
    assert.equal(policy.count, begins);
    assert.ok(Math.abs(policy.interval - interval) < 1e-9);
    for (const [at, came, open, left, heldUp, wanted] of steps) {
      assert.equal(policy.step(at, came, open, left, heldUp), wanted, `at ${at}`);
    }
  });
}
