// What the pulse of a link tells of bytes that stop and come again; time passes when a test says so.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

mock.timers.enable({ apis: ["setTimeout"] });

const { Pulse } = await import("../../../web/static/js/io/pulse.js");
const { readingOf } = await import("../../../web/static/js/io/reading.js");

/** A pulse on a link from which as many bytes have come as `bytes` says. */
async function started({ awaits = true } = {}) {
  const told = [];
  const link = { bytes: 0, checks: 0 };
  const note = (what) => () => void told.push(what);
  const pulse = new Pulse({ changed: () => {}, awaits: () => awaits, talks: () => true, silent: note("silent"), back: note("back") });
  pulse.start({ read: async () => ({ ...readingOf(new Map()), bytesIn: link.bytes, checks: link.checks }) });
  /** Lets time pass, in which bytes come or do not. */
  const pass = async (milliseconds, bytes = 0) => {
    for (let passed = 0; passed < milliseconds; passed += 50) {
      link.bytes += bytes;
      mock.timers.tick(50);
      await new Promise(setImmediate);
    }
  };
  return { pulse, link, told, pass };
}

test("bytes that stop and come again are told of once each, and soon", async () => {
  const { pulse, told, pass } = await started();
  await pass(3000, 100);
  assert.deepEqual(told, []);
  await pass(5000);
  assert.deepEqual(told, ["silent"]);
  await pass(100, 100);
  assert.deepEqual(told, ["silent", "back"]);
  await pass(3000, 100);
  assert.deepEqual(told, ["silent", "back"]);
  await pass(3000);
  await pass(100, 100);
  assert.deepEqual(told, ["silent", "back", "silent", "back"]);
  pulse.stop();
});

test("a check is a sign of life before there are bytes", async () => {
  const { pulse, link, told, pass } = await started();
  await pass(1000, 100);
  link.checks += 1;
  await pass(5000);
  assert.deepEqual(told, ["silent"]);
  link.checks += 1;
  await pass(100);
  assert.deepEqual(told, ["silent", "back"]);
  pulse.stop();
});

test("who is not expected to say anything is not silent", async () => {
  const { pulse, told, pass } = await started({ awaits: false });
  await pass(3000, 100);
  await pass(5000);
  await pass(1000, 100);
  assert.deepEqual(told, []);
  pulse.stop();
});

test("another connection begins without the silence of the one before", async () => {
  const { pulse, told, pass } = await started();
  await pass(1000, 100);
  await pass(3000);
  pulse.stop();
  pulse.start({ read: async () => ({ ...readingOf(new Map()), bytesIn: 10 }) });
  await pass(3000);
  assert.deepEqual(told, ["silent", "silent"]);
  pulse.stop();
});
