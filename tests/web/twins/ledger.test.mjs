// What the scenarios of sending and receiving do not show of the ledger; see tests/peer/core/test_ledger.py.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { Ledger, STREAM_LEAVES, rootInput } from "../../../web/static/js/core/ledger.js";
import { LEAF_BYTES } from "../../../web/static/js/gen/messages.js";

const proof = new Uint8Array(32).fill(7);

test("a root covers label, size and leaves", () => {
  const expected = Buffer.concat([Buffer.from("twocans/1 file"), Buffer.from("0000000000000005", "hex"), proof]);
  const digest = (data) => createHash("sha256").update(data).digest("hex");
  assert.equal(digest(rootInput(5, proof)), digest(expected));
});

test("leaves that were wanted and lost are taken around those held", () => {
  const ledger = new Ledger(4 * LEAF_BYTES);
  ledger.take(Infinity, 4);
  ledger.hold(2, LEAF_BYTES, proof);
  assert.deepEqual(ledger.lose(), [0, 1, 3]);
  assert.deepEqual([ledger.take(Infinity, 9), ledger.take(Infinity, 9), ledger.take(Infinity, 9)], [[0, 2], [3, 1], null]);
});

test("grows to any number of leaves", () => {
  const ledger = new Ledger(-1);
  for (let leaf = 0; leaf < 1000; leaf += 1) {
    ledger.take(Infinity, 1);
    ledger.hold(leaf, LEAF_BYTES, proof);
  }
  assert.equal(ledger.count, 1000 + STREAM_LEAVES - 1);
  ledger.close(1000 * LEAF_BYTES);
  assert.ok(ledger.whole);
  assert.equal(ledger.leaves.length, 32_000);
});
