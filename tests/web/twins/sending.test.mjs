import assert from "node:assert/strict";
import { test } from "node:test";

import { Sending } from "../../../web/static/js/core/sending.js";
import { play, scenarios } from "./scenarios.mjs";

for (const scenario of scenarios("sending")) {
  test(scenario.name, () => {
    const machine = new Sending({ type: "offer_files", ...scenario.offer }, scenario.entries);
    play(machine, scenario);
    assert.deepEqual([machine.bytes, machine.total], scenario.progress);
  });
}
