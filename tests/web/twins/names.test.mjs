// Safe names in the page, against the vectors of tests/peer/test_names.py.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { UnsafeName, checkEntries, fold } from "../../../web/static/js/core/names.js";

const vectors = JSON.parse(readFileSync(new URL("../../vectors/names.json", import.meta.url), "utf8"));
const filled = (vector) => vector.entries.map((entry) => ({ kind: "file", target: "", ...entry }));

for (const vector of vectors.hostile) {
  test(`refuses: ${vector.name}`, () => {
    assert.throws(() => checkEntries(filled(vector)), (error) => error instanceof UnsafeName && error.rule === vector.rule);
  });
}

for (const vector of vectors.valid) {
  test(`takes: ${vector.name}`, () => checkEntries(filled(vector)));
}

test("refuses half a surrogate pair", () => {
  const entries = [{ path: "a\ud800", kind: "file", target: "" }];
  assert.throws(() => checkEntries(entries), (error) => error instanceof UnsafeName && error.rule === "unicode");
});

test("folds letters that have no case to themselves", () => assert.equal(fold("ছুটি"), "ছুটি"));
