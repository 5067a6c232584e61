// The page's codec against the vectors of tests/signaling/test_codec.py and tests/peer/test_wire.py.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import {
  Malformed, decodeCommand, decodeControl, decodeEntries, decodeInner, decodeNotice, decodeOuter, encode,
} from "../../../web/static/js/core/codec.js";

const DECODE = {
  command: decodeCommand, notice: decodeNotice, outer: decodeOuter, inner: decodeInner, control: decodeControl,
};
const vectors = JSON.parse(readFileSync(new URL("../../vectors/messages.json", import.meta.url), "utf8"));

const filled = ({ text, fill = 0 }) => text.replace("@", (text.includes('"@"') ? "x" : " ").repeat(fill));

for (const vector of vectors.valid) {
  test(`reads ${vector.decoder}: ${vector.name}`, () => {
    const message = DECODE[vector.decoder](vector.text);
    assert.deepEqual(message, vector.value);
    assert.deepEqual(DECODE[vector.decoder](encode(message)), message);
  });
}

for (const vector of vectors.hostile) {
  test(`refuses ${vector.decoder}: ${vector.name}`, () => {
    assert.throws(() => DECODE[vector.decoder](filled(vector)), Malformed);
  });
}

test("counts the length of a text in code points", () => {
  const chat = (count) => encode({ type: "chat", id: "AAECAwQFBgc", text: "🥁".repeat(count), at: 1 });
  assert.equal(encode(decodeControl(chat(4000))), chat(4000));
  assert.throws(() => decodeControl(chat(4001)), Malformed);
});

test("reads a page of a manifest, with defaults", () => {
  assert.deepEqual(decodeEntries('[{"path":"a/b"}]'), [
    { path: "a/b", kind: "file", size: 0, mtime: 0, mode: 0o644, target: "", text: false },
  ]);
  for (const text of ["{}", "[1]", '[{"path":""}]', '[{"path":"a","mode":512}]', '[{"path":"a","kind":"fifo"}]']) {
    assert.throws(() => decodeEntries(text), Malformed, text);
  }
});
