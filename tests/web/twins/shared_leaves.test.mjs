// A leaf is read once for all receivers that move together, and no more of them are kept than is good.

import assert from "node:assert/strict";
import { test } from "node:test";

import { SharedLeaves } from "../../../web/static/js/io/shared_leaves.js";

const MIB = 1024 * 1024;

/** A file that counts how often it is read; `bytes` may be changed. */
function counted(size) {
  const file = {
    size, reads: 0, bytes: 7,
    slice: (start, end) => ({
      arrayBuffer: async () => {
        file.reads += 1;
        return new Uint8Array(Math.min(end, file.size) - start).fill(file.bytes).buffer;
      },
    }),
  };
  return file;
}

test("reads a leaf once for those that move together, and again for who comes later", async () => {
  const file = counted(2 * MIB);
  const leaves = new SharedLeaves([file]);
  const [asha, bela, late] = [{}, {}, {}];
  leaves.join(asha);
  leaves.join(bela);
  const [first, second] = await Promise.all([leaves.take(asha, 0, 0, MIB), leaves.take(bela, 0, 0, MIB)]);
  assert.equal(first, second);
  assert.equal(file.reads, 1);
  leaves.join(late);
  await leaves.take(late, 0, 0, MIB);
  assert.equal(file.reads, 2);
});

test("keeps nothing for one receiver alone", async () => {
  const file = counted(MIB);
  const leaves = new SharedLeaves([file]);
  const asha = {};
  leaves.join(asha);
  await leaves.take(asha, 0, 0, MIB);
  await leaves.take(asha, 0, 0, MIB);
  assert.equal(file.reads, 2);
});

test("lets go of what nobody waits for once the slow one is gone", async () => {
  const file = counted(MIB);
  const leaves = new SharedLeaves([file]);
  const [fast, slow] = [{}, {}];
  leaves.join(fast);
  leaves.join(slow);
  await leaves.take(fast, 0, 0, MIB);
  leaves.part(slow);
  await leaves.take(fast, 0, 0, MIB);
  assert.equal(file.reads, 2);
});

test("keeps the latest 64 MiB for who falls behind", async () => {
  const file = counted(70 * MIB);
  const leaves = new SharedLeaves([file]);
  const [fast, slow] = [{}, {}];
  leaves.join(fast);
  leaves.join(slow);
  for (let leaf = 0; leaf < 70; leaf += 1) await leaves.take(fast, 0, leaf, MIB);
  for (let leaf = 69; leaf >= 6; leaf -= 1) await leaves.take(slow, 0, leaf, MIB);
  assert.equal(file.reads, 70);
  await leaves.take(slow, 0, 5, MIB);
  assert.equal(file.reads, 71);
});

test("says when a file is not what it was, and tries again after an error", async () => {
  const file = counted(MIB);
  const leaves = new SharedLeaves([file, null]);
  const asha = {};
  leaves.join(asha);
  await leaves.take(asha, 0, 0, MIB);
  file.bytes = 8;
  await assert.rejects(leaves.take(asha, 0, 0, MIB), { name: "NotReadableError" });
  file.bytes = 7;
  await leaves.take(asha, 0, 0, MIB);
  file.size = 10;
  await assert.rejects(leaves.take(asha, 0, 0, MIB), { name: "NotReadableError" });
});
