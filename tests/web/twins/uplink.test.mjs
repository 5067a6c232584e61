// To whom our picture goes, and to whom our voice alone.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Uplink } from "../../../web/static/js/core/uplink.js";

/** @typedef {import("../../../web/static/js/core/uplink.js").Line} Line */

/**
 * So many looks; the steps after them.
 * @param {Uplink} uplink @param {number} looks @param {Record<string, number>} allowed @param {string[]} [small]
 */
function after(uplink, looks, allowed, small = []) {
  const lines = new Map(Object.entries(allowed).map(([peer, each]) => [peer, { heard: true, allowed: each, small: small.includes(peer) }]));
  for (let look = 0; look < looks; look += 1) uplink.see(lines);
  return Object.keys(allowed).map((peer) => uplink.step(peer)).join(" ");
}

/** One that has found out what its lines carry. @param {string[]} peers */
function begun(...peers) {
  const uplink = new Uplink();
  after(uplink, 10, Object.fromEntries(peers.map((peer) => [peer, 300_000])));
  return uplink;
}

test("a line that is wide enough carries the picture, also where nobody knows how wide it is", () => {
  assert.equal(after(new Uplink(), 100, { asha: 300_000, bela: Infinity }), "whole whole");
});

test("a moment of too little is none", () => {
  const uplink = begun("asha");
  for (let round = 0; round < 20; round += 1) {
    assert.equal(after(uplink, 4, { asha: 30_000 }), "whole");
    assert.equal(after(uplink, 1, { asha: 60_000 }), "whole");
  }
});

test("on a narrow line the voice goes alone, and the picture is tried again ever more seldom", () => {
  const uplink = begun("asha");
  assert.equal(after(uplink, 5, { asha: 30_000 }), "voice");
  assert.ok(uplink.short);
  const pauses = [];
  let [now, since] = ["voice", 0];
  for (let look = 1; look < 400; look += 1) {
    const next = after(uplink, 1, { asha: 30_000 });
    if (next === now) continue;
    if (now === "voice") pauses.push(look - since);
    [now, since] = [next, look];
  }
  assert.deepEqual(pauses.slice(0, 5), [10, 20, 40, 60, 60]);
});

test("a trial on a line that has become wide brings the whole picture back", () => {
  const uplink = begun("asha");
  after(uplink, 5, { asha: 30_000 });
  assert.equal(after(uplink, 10, { asha: 30_000 }), "least");
  assert.equal(after(uplink, 8, { asha: 45_000 }), "least", "an estimate takes its time to grow");
  assert.equal(after(uplink, 5, { asha: 200_000 }), "whole");
  assert.ok(!uplink.short);
  assert.equal(after(uplink, 5, { asha: 30_000 }), "voice");
  assert.equal(after(uplink, 10, { asha: 30_000 }), "least", "and a later pause is a short one again");
});

test("of several on one line no more go without than must, who looks at a small picture first", () => {
  const uplink = begun("asha", "bela", "chandra");
  const narrow = { asha: 40_000, bela: 40_000, chandra: 40_000 };
  assert.equal(after(uplink, 5, narrow, ["bela"]), "whole voice whole");
  assert.equal(after(uplink, 3, narrow, ["bela"]), "whole voice voice");
  assert.equal(after(uplink, 6, { ...narrow, asha: 70_000 }, ["bela"]), "whole voice voice");
});

test("over whom no picture goes any more is forgotten, and told once", () => {
  const uplink = begun("asha");
  after(uplink, 5, { asha: 30_000 });
  const lines = new Map([["bela", { heard: true, allowed: 500_000, small: false }]]);
  assert.deepEqual([uplink.see(lines), uplink.see(lines)], [["asha"], []]);
  assert.ok(!uplink.short);
  assert.equal(uplink.step("asha"), "whole");
});

test("while it begins, and in an outage and for a while after it, nothing is held against a line", () => {
  const uplink = new Uplink();
  assert.equal(after(uplink, 13, { asha: 30_000 }), "whole");
  for (let look = 0; look < 30; look += 1) uplink.see(new Map([["asha", { heard: false, allowed: 30_000, small: false }]]));
  assert.equal(after(uplink, 13, { asha: 30_000 }), "whole");
  assert.equal(after(uplink, 1, { asha: 30_000 }), "voice");
});
