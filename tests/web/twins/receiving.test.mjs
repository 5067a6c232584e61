import assert from "node:assert/strict";
import { test } from "node:test";

import { Receiving } from "../../../web/static/js/core/receiving.js";
import { play, scenarios } from "./scenarios.mjs";

for (const scenario of scenarios("receiving")) {
  test(scenario.name, () => {
    const machine = new Receiving("transferAAA", scenario.entries, scenario.take ?? null, {
      limit: scenario.limit ?? -1, held: scenario.held ?? [], placed: scenario.placed ?? [], ordered: scenario.ordered ?? false,
    });
    play(machine, scenario);
    assert.equal(machine.bytes, scenario.bytes);
  });
}
