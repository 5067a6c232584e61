import assert from "node:assert/strict";
import { test } from "node:test";

import { concat, equal, fromBase64url, fromUtf8, lv, toBase64url, utf8 } from "../../../web/static/js/core/bytes.js";
import { Malformed } from "../../../web/static/js/core/codec.js";
import { hex, readVectors, unhex } from "./vectors.mjs";

const VECTORS = readVectors("bytes");

test("base64url both ways", () => {
  for (const { bytes, text } of VECTORS.base64url) {
    assert.equal(toBase64url(unhex(bytes)), text);
    assert.equal(hex(fromBase64url(text)), bytes);
  }
});

test("a second spelling is refused", () => {
  for (const text of VECTORS.refused) assert.throws(() => fromBase64url(text), Malformed, text);
});

test("lv", () => {
  for (const { parts, bytes } of VECTORS.lv) assert.equal(hex(lv(...parts.map(unhex))), bytes);
});

test("equal looks at every byte and the length", () => {
  assert.ok(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 2)));
  assert.ok(!equal(Uint8Array.of(1, 2), Uint8Array.of(3, 2)));
  assert.ok(!equal(Uint8Array.of(1, 2), Uint8Array.of(1, 3)));
  assert.ok(!equal(Uint8Array.of(1, 2), Uint8Array.of(1)));
});

test("text and bytes", () => {
  assert.equal(fromUtf8(concat(utf8("\ufeffক"), utf8("☎"))), "\ufeffক☎");
  assert.throws(() => fromUtf8(Uint8Array.of(0xff)), Malformed);
});
