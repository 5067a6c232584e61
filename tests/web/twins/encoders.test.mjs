// Which codec our picture is sent in.

import assert from "node:assert/strict";
import { test } from "node:test";

import { encoderFor } from "../../../web/static/js/core/encoders.js";

const ALL = ["video/VP8", "video/H264", "video/VP9", "video/AV1"];
const NONE = /** @type {ReadonlySet<string>} */ (new Set());

test("the best codec is taken that the machine makes without effort", () => {
  const machine = { cores: 8, mobile: false, efficient: NONE };
  assert.equal(encoderFor(ALL, machine, 1, 0), "video/av1");
  assert.equal(encoderFor(ALL, machine, 3, 0), "video/vp9");
  assert.equal(encoderFor(ALL, machine, 4, 0), null);
  assert.equal(encoderFor(ALL, { ...machine, cores: 2 }, 1, 0), null);
});

test("what the machine makes in hardware costs nothing, also on a phone, which makes nothing else", () => {
  const phone = { cores: 8, mobile: true, efficient: new Set(["video/vp9"]) };
  assert.equal(encoderFor(ALL, phone, 4, 0), "video/vp9");
  assert.equal(encoderFor(ALL, { ...phone, efficient: NONE }, 1, 0), null);
});

test("what was too much for the processor is not taken again, and the other end has to have it", () => {
  const machine = { cores: 32, mobile: false, efficient: NONE };
  assert.equal(encoderFor(ALL, machine, 1, 1), "video/vp9");
  assert.equal(encoderFor(ALL, machine, 1, 2), null);
  assert.equal(encoderFor(["video/VP8", "video/VP9"], machine, 1, 0), "video/vp9");
  assert.equal(encoderFor(["video/VP8"], machine, 1, 0), null);
});
