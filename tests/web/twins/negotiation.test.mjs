// The scenarios of tests/peer/core/test_negotiation.py.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Negotiation } from "../../../web/static/js/core/negotiation.js";
import { readVectors } from "./vectors.mjs";

const { instance, scenarios } = readVectors("negotiation");

/** Notes spell their defaults on the Python side only. @param {any} effect */
function plain(effect) {
  if (effect.type !== "say") return effect;
  const { restart, ...note } = effect.note;
  return { ...effect, note: restart ? effect.note : note };
}

for (const { name, steps } of scenarios) {
  test(name, () => {
    const machine = new Negotiation(instance);
    for (const { at, event, effects, phase, deadline } of steps) {
      assert.deepEqual(machine.step(event, at).map(plain), effects.map(plain), JSON.stringify(event));
      assert.equal(machine.phase, phase);
      if (deadline === null) assert.equal(machine.deadline, null);
      else assert.ok(Math.abs((machine.deadline ?? NaN) - deadline) < 1e-6, `${machine.deadline} is not ${deadline}`);
    }
  });
}
