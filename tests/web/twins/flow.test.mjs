import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Flow } from "../../../web/static/js/core/flow.js";

const { flow: scenarios } = JSON.parse(readFileSync(new URL("../../vectors/lanes.json", import.meta.url), "utf8"));

for (const { name, steps, most_queued: mostQueued = Infinity } of scenarios) {
  test(name, () => {
    const flow = new Flow();
    flow.mostQueued = mostQueued;
    for (const { posted, got, at, believed, then: [underWay, hasRoom, ...rest] } of steps) {
      if (posted) flow.posted(...posted, at);
      else assert.equal(flow.got(got, at), believed, `at ${at}`);
      assert.deepEqual([flow.underWay, flow.hasRoom], [underWay, hasRoom], `at ${at}`);
      [flow.window, flow.rate, flow.roundTrip].forEach((value, index) => {
        assert.ok(Math.abs(value - rest[index]) <= 1e-6 * Math.abs(rest[index]), `at ${at}: ${value}, not ${rest[index]}`);
      });
    }
  });
}
