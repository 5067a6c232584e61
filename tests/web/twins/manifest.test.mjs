// The pages of a manifest in the page, against the vectors of tests/peer/test_manifest.py.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Malformed } from "../../../web/static/js/core/codec.js";
import { pack, unpack } from "../../../web/static/js/core/frames.js";
import { UnsafeName } from "../../../web/static/js/core/names.js";
import { FrameType } from "../../../web/static/js/gen/messages.js";
import { ManifestReader } from "../../../web/static/js/io/manifest.js";

const read = (name) => JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8"));
const [pages, names] = [read("pages"), read("names")];

const frames = (vector) => vector.pages.map(([file, page, last, said]) => {
  const filled = () => ("fill" in vector ? said.replace("@", (vector.with ?? "x").repeat(vector.fill)) : said);
  const payload = typeof said === "object" ? Buffer.from(said.hex, "hex") : Buffer.from(filled());
  return unpack(pack(FrameType.MANIFEST, file, page, last, payload));
});

const readAll = (vector) => {
  const reader = new ManifestReader({ type: "offer_files", transfer: "transferAAA", title: "x", ...vector.offer });
  let last = null;
  for (const frame of frames(vector)) last = reader.take(frame);
  return last;
};

const refused = (rule) => (error) =>
  rule === "malformed" ? error instanceof Malformed : error instanceof UnsafeName && error.rule === rule;

for (const vector of pages.hostile) {
  test(`refuses a manifest that ${vector.name}`, () => assert.throws(() => readAll(vector), refused(vector.refused)));
}

for (const vector of pages.valid) {
  test(`takes a manifest with ${vector.name}`, () => assert.equal(readAll(vector)?.length, vector.offer.files));
}

for (const { name, entries, rule } of names.hostile) {
  test(`refuses what comes over a lane and ${name}`, () => {
    const bytes = entries.reduce((sum, { size = 0 }) => sum + size, 0);
    const offer = { files: entries.length, bytes, open_ended: false };
    assert.throws(() => readAll({ offer, pages: [[0, 0, 1, JSON.stringify(entries)]] }), refused(rule));
  });
}
