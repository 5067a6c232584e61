import assert from "node:assert/strict";
import { test } from "node:test";

import { fromBase64url } from "../../../web/static/js/core/bytes.js";
import { BadInvite, linkOf, newLinkInvite, parseInvite } from "../../../web/static/js/core/invite.js";
import { hex, readVectors } from "./vectors.mjs";

const VECTORS = readVectors("invite");

test("parses", async () => {
  for (const { text, ...expected } of VECTORS.parsed) {
    const invite = await parseInvite(text);
    assert.deepEqual({ ...invite, secret: hex(invite.secret) }, expected, text);
  }
});

test("refuses", async () => {
  for (const { text, bad } of VECTORS.refused) {
    await assert.rejects(parseInvite(text), (error) => error instanceof BadInvite && error.reason === bad, text);
  }
});

test("prints a link", () => {
  for (const { token, server, files, link } of VECTORS.links) assert.equal(linkOf({ token }, server, files), link);
});

test("a link leads back to its invite", async () => {
  const { secret, room, token } = await newLinkInvite();
  const parsed = await parseInvite(linkOf({ token }, "https://call.example"));
  assert.deepEqual(parsed, { secret, room, token, code: null, server: "https://call.example" });
  assert.notEqual((await newLinkInvite()).token, token);
});

test("a secret that reads as a code is not given out", async () => {
  const drawn = [fromBase64url("7-abandon-ability-ablA"), new Uint8Array(16)];
  const invite = await newLinkInvite(() => drawn.shift() ?? assert.fail("drawn too often"));
  assert.deepEqual(invite.secret, new Uint8Array(16));
});
