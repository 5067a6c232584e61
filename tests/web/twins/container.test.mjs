// What a recording is written as, and how its file is called.

import assert from "node:assert/strict";
import { test } from "node:test";

import { containerFor, endingOf, fileName } from "../../../web/static/js/core/container.js";

test("MP4 where the browser makes it, WebM elsewhere, else what it takes", () => {
  const none = () => false;
  assert.equal(containerFor(() => true, true), "video/mp4;codecs=avc1.42E01F,mp4a.40.2");
  assert.equal(containerFor((type) => type.includes("webm"), true), "video/webm;codecs=vp8,opus");
  assert.equal(containerFor(none, true), "");
});

test("without sound no codec is asked for it", () => {
  assert.equal(containerFor((type) => type.includes("webm"), false), "video/webm;codecs=vp8");
});

test("a file ends as its container does", () => {
  assert.equal(endingOf("video/mp4;codecs=avc1.42E01F,mp4a.40.2"), "mp4");
  assert.equal(endingOf("video/webm;codecs=vp8"), "webm");
  assert.equal(endingOf("video/x-matroska;codecs=avc1"), "mkv");
  assert.equal(endingOf(""), "webm");
});

test("a name tells the time here, and suits every disk", () => {
  assert.equal(fileName(new Date(2026, 10, 7, 3, 5), "webm"), "Twocans 2026-11-07 03.05.webm");
});
