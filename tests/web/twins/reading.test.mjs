// What the statistics of a connection come to.

import assert from "node:assert/strict";
import { test } from "node:test";

import { readingOf } from "../../../web/static/js/io/reading.js";

const PAIR = { type: "candidate-pair", bytesReceived: 0, bytesSent: 0, requestsReceived: 0, responsesReceived: 0 };

/** @param {object[]} each */
const statsOf = (...each) => new Map(each.map((one) => [one.id, one]));

test("what comes by another way than the one chosen for sending has come", () => {
  const { bytesIn, bytesOut, checks } = readingOf(statsOf(
    { id: "T", type: "transport", selectedCandidatePairId: "A" },
    { ...PAIR, id: "A", bytesSent: 70_000, responsesReceived: 3 },
    { ...PAIR, id: "B", bytesReceived: 44_000, bytesSent: 500, requestsReceived: 1 },
  ));
  assert.deepEqual({ bytesIn, bytesOut, checks }, { bytesIn: 44_000, bytesOut: 70_500, checks: 4 });
});

test("a browser that does not count checks has seen none", () => {
  const { bytesIn, checks } = readingOf(statsOf({ id: "A", type: "candidate-pair", selected: true, bytesReceived: 9 }));
  assert.deepEqual({ bytesIn, checks }, { bytesIn: 9, checks: 0 });
});
