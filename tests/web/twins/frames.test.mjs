import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Malformed } from "../../../web/static/js/core/codec.js";
import {
  cut, pack, packDone, packFiles, packGot, packHave, packLeaf, packWant, putHeader, readDone, readFiles, readGot, readLeaf,
  readRanges, unpack,
} from "../../../web/static/js/core/frames.js";
import { FrameType, MAX_MESSAGE, MAX_WANTED_LEAVES } from "../../../web/static/js/gen/messages.js";

const vectors = JSON.parse(readFileSync(new URL("../../vectors/frames.json", import.meta.url), "utf8"));
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (data) => Buffer.from(data).toString("hex");

const CONTENT = {
  [FrameType.WANT]: (frame) => readRanges(frame.payload),
  [FrameType.HAVE]: (frame) => readRanges(frame.payload),
  [FrameType.FILES]: readFiles,
  [FrameType.GOT]: (frame) => readGot(frame.payload),
  [FrameType.LEAF]: (frame) => readLeaf(frame.payload),
  [FrameType.DONE]: (frame) => readDone(frame.payload),
};

function readWhole(message) {
  const frame = unpack(message);
  return [frame, CONTENT[frame.type]?.(frame)];
}

const packRanges = (type, ranges) => (type === FrameType.WANT ? packWant(ranges) : [...packHave(ranges)][0]);

for (const vector of vectors.frames) {
  test(`reads and writes ${vector.name}`, () => {
    for (const message of [bytes(vector.hex), bytes(vector.hex).buffer]) {
      const [frame, content] = readWhole(message);
      const { file, leaf, offset } = frame;
      assert.deepEqual([frame.type, file, leaf, offset], [vector.type, vector.file, vector.leaf, vector.offset]);
      if (vector.ranges) {
        assert.deepEqual(content, vector.ranges);
        assert.equal(hex(packRanges(frame.type, vector.ranges)), vector.hex);
      } else if (vector.totals) {
        assert.deepEqual(content, vector.totals);
        assert.equal(hex(packGot(vector.totals)), vector.hex);
      } else if (vector.files) {
        assert.deepEqual(content.map(([small, data]) => [small.file, hex(small.sha256), hex(data)]), vector.files);
        assert.equal(hex(packFiles(content)), vector.hex);
      } else if (vector.sha256) {
        assert.equal(hex(content), vector.sha256);
        assert.equal(hex(packLeaf(file, leaf, offset, content)), vector.hex);
      } else if (vector.root) {
        assert.deepEqual([content.size, hex(content.root)], [vector.size, vector.root]);
        assert.equal(hex(packDone(file, content.size, content.root)), vector.hex);
      } else {
        assert.equal(hex(frame.payload), vector.payload);
        assert.equal(hex(pack(frame.type, file, leaf, offset, frame.payload)), vector.hex);
      }
    }
  });
}

for (const vector of vectors.hostile) {
  test(`refuses ${vector.name}`, () => assert.throws(() => readWhole(bytes(vector.hex)), Malformed));
}

test("refuses more than a message may carry", () => {
  const message = new Uint8Array(MAX_MESSAGE + 1);
  putHeader(message, FrameType.DATA, 0, 0, 0);
  assert.throws(() => unpack(message), Malformed);
  assert.equal(unpack(message.subarray(0, MAX_MESSAGE)).payload.length, MAX_MESSAGE - 13);
});

test("cuts into equal frames", () => {
  for (const [length, maxMessage, payload] of vectors.cuts) assert.equal(cut(length, maxMessage), payload);
});

test("what is held takes as many frames as it needs", () => {
  const ranges = Array.from({ length: MAX_WANTED_LEAVES + 1 }, (_, file) => [file, 0, 1]);
  const frames = [...packHave(ranges)].map((message) => readRanges(unpack(message).payload));
  assert.deepEqual(frames.map((frame) => frame.length), [MAX_WANTED_LEAVES, 1]);
  assert.deepEqual(frames.flat(), ranges);
});
