import assert from "node:assert/strict";
import { test } from "node:test";

import { EMOJI, emojiOf } from "../../../web/static/js/core/sas.js";
import { readVectors, unhex } from "./vectors.mjs";

const VECTORS = readVectors("sas");

test("the table is the one of the vectors", () => {
  assert.deepEqual(EMOJI.map(({ emoji, name }) => [emoji, name]), VECTORS.table);
});

test("six bits each", () => {
  for (const { bits, names } of VECTORS.drawn) assert.deepEqual(emojiOf(unhex(bits)).map(({ name }) => name), names);
});
