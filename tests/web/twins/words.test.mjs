import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { completeWord, completions, WORDS } from "../../../web/static/js/core/words.js";

test("the page has the words that Python has", () => {
  const lines = readFileSync(new URL("../../../peer/words.txt", import.meta.url), "ascii").trim().split("\n");
  assert.deepEqual(WORDS, lines.filter((line) => !line.startsWith("#")));
  assert.equal(WORDS.length, 2048);
});

test("completion", () => {
  /** @type {[string, string | null][]} */
  const cases = [
    ["zebra", "zebra"], ["zeb", "zebra"], ["act", "act"], ["acti", "action"], ["ze", null], ["ab", null],
    ["aba", "abandon"], ["otter", null], ["zebras", null], ["", null],
  ];
  for (const [typed, meant] of cases) assert.equal(completeWord(typed), meant, typed);
  assert.deepEqual(completions("abs"), ["absent", "absorb", "abstract", "absurd"]);
});
