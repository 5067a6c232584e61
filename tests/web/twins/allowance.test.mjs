import assert from "node:assert/strict";
import { test } from "node:test";

import { Allowance } from "../../../web/static/js/core/allowance.js";
import { readVectors } from "./vectors.mjs";

for (const { name, steps } of readVectors("allowance").runs) {
  test(name, () => {
    const allowance = new Allowance();
    for (const [at, what, times] of steps) {
      for (let time = 0; time < times; time += 1) {
        if (what === "proven") allowance.proven();
        else assert.equal(allowance.begin(at * 1000), what === "may");
      }
    }
  });
}
