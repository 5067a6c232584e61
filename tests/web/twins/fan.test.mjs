// How much a page lets be on its way, with a call beside and without. The clock stands still between two looks.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { packGot, unpack } from "../../../web/static/js/core/frames.js";
import { Fan } from "../../../web/static/js/io/fan.js";

const KIB = 1024;
const PIECE = 64 * KIB;
/** A line of 32 MiB a second whose way back and forth takes 2 ms. */
const TRIP_MS = 2;

/** Deals pieces until one has to wait; bytes that are on their way then. @param {Fan} fan @param {Promise<void>[]} waiting */
async function fill(fan, waiting) {
  const before = waiting.length;
  for (let settled = true; settled; ) {
    settled = false;
    waiting.push(fan.deal(new Uint8Array(PIECE)).then(() => void (settled = true)));
    await turn();
  }
  assert.ok(waiting.length > before);
  return fan.underWay;
}

/** @param {boolean} inCall */
async function mostUnderWay(inCall) {
  const clock = mock.method(performance, "now", () => now);
  let now = 1000;
  let sent = 0;
  const lane = {
    bufferedBytes: 0,
    hasRoom: () => true,
    send: async (/** @type {Uint8Array} */ frame) => void (sent += frame.length),
    roomy: () => {},
  };
  const peer = { can: () => true, inCall, maxMessageBytes: 256 * KIB, reading: async () => null };
  const fan = new Fan(/** @type {any} */ (peer), "transfer", /** @type {any} */ (lane), {
    next: () => 1,
    left: () => -1,
    lost: () => assert.fail("nothing was lost"),
  });
  /** @type {Promise<void>[]} */ const waiting = [];
  const first = await fill(fan, waiting);
  now += TRIP_MS;
  fan.got(unpack(packGot([[0, PIECE]]).buffer).payload);
  await turn();
  const then = await fill(fan, waiting);
  assert.equal(sent, then + PIECE);
  fan.close();
  await Promise.allSettled(waiting);
  clock.mock.restore();
  return [first, then];
}

test("a fast line is filled, with no more in its queue than the browser takes at once", async () => {
  assert.deepEqual(await mostUnderWay(false), [128 * KIB, 128 * KIB + 256 * KIB]);
});

test("beside a call a quarter of that waits", async () => {
  assert.deepEqual(await mostUnderWay(true), [128 * KIB, 128 * KIB + 64 * KIB]);
});
