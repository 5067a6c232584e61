import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Malformed } from "../../../web/static/js/core/codec.js";
import {
  cut, pack, packDone, packLeaf, packWant, putHeader, readDone, readLeaf, readWant, unpack,
} from "../../../web/static/js/core/frames.js";
import { FrameType, MAX_MESSAGE } from "../../../web/static/js/gen/messages.js";

const vectors = JSON.parse(readFileSync(new URL("../../vectors/frames.json", import.meta.url), "utf8"));
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (data) => Buffer.from(data).toString("hex");

const CONTENT = { [FrameType.WANT]: readWant, [FrameType.LEAF]: readLeaf, [FrameType.DONE]: readDone };

function readWhole(message) {
  const frame = unpack(message);
  return [frame, CONTENT[frame.type]?.(frame.payload)];
}

for (const vector of vectors.frames) {
  test(`reads and writes ${vector.name}`, () => {
    for (const message of [bytes(vector.hex), bytes(vector.hex).buffer]) {
      const [frame, content] = readWhole(message);
      const { file, leaf, offset } = frame;
      assert.deepEqual([frame.type, file, leaf, offset], [vector.type, vector.file, vector.leaf, vector.offset]);
      if (vector.ranges) {
        assert.deepEqual(content, vector.ranges);
        assert.equal(hex(packWant(vector.ranges)), vector.hex);
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
