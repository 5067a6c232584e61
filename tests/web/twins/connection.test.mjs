// Which certificate a description names.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fingerprintOf } from "../../../web/static/js/io/connection.js";

const A = Array(32).fill("AB").join(":");
const B = Array(32).fill("CD").join(":");

test("reads the one fingerprint, said once or for each m-line", () => {
  assert.equal(fingerprintOf(`v=0\r\na=fingerprint:sha-256 ${A}\r\nm=audio\r\n`), A);
  assert.equal(fingerprintOf(`a=fingerprint:SHA-256 ${A.toLowerCase()}\r\nm=x\r\na=fingerprint:sha-256 ${A}\r\n`), A);
});

test("takes none when there is any doubt about what the handshake checks", () => {
  assert.equal(fingerprintOf("v=0\r\n"), null);
  assert.equal(fingerprintOf(`a=fingerprint:sha-256 ${A}\r\na=fingerprint:sha-256 ${B}\r\n`), null);
  assert.equal(fingerprintOf(`a=fingerprint:sha-256 ${A}\r\na=fingerprint:sha-1 AB:CD\r\n`), null);
  assert.equal(fingerprintOf(`a=fingerprint:sha-256 ${A}:AB\r\n`), null);
  assert.equal(fingerprintOf(`a=fingerprint:sha-1 ${A}\r\n`), null);
});
