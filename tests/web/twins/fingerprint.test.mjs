// The name of a manifest in the page, against the vectors of tests/peer/test_manifest.py.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { fingerprintOf } from "../../../web/static/js/core/fingerprint.js";

const vectors = JSON.parse(readFileSync(new URL("../../vectors/manifest.json", import.meta.url), "utf8"));

for (const { name, entries, fingerprint } of vectors.fingerprints) {
  test(name, async () => assert.equal(await fingerprintOf(entries), fingerprint));
}
