// Random frames and words against the page's own shells of a transfer: whatever comes, a transfer ends as transfers do,
// and nothing escapes from where it is heard. Twin of tests/peer/test_hostile_frames.py.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { pack, packDone, packFiles, packLeaf } from "../../../web/static/js/core/frames.js";
import { rootInput } from "../../../web/static/js/core/ledger.js";
import { FrameType } from "../../../web/static/js/gen/messages.js";
import { Incoming } from "../../../web/static/js/io/incoming.js";
import { Lane } from "../../../web/static/js/io/lane.js";
import { Outgoing } from "../../../web/static/js/io/outgoing.js";
import { Pacer } from "../../../web/static/js/io/pacer.js";
import { sourceOf } from "../../../web/static/js/io/source.js";

const RUNS = 300;
const PATIENCE_MS = 10_000;
const MIB = 1024 * 1024;
const TRANSFER = "transferAAA";
const vectors = (name) => JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8"));
const hash = (data) => new Uint8Array(createHash("sha256").update(data).digest());

/** Numbers that are the same for the same seed (mulberry32). */
function dice(seed) {
  const next = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end) => Math.floor(next() * end);
  return { below, one: (list) => list[below(list.length)], often: () => next() < 0.8 };
}

/** One end of a data channel; the other is the test. */
class Channel {
  readyState = "open";
  bufferedAmount = 0;
  label = `lane/${TRANSFER}/0`;
  sent = [];

  send(message) {
    this.sent.push(message);
  }

  close() {
    this.readyState = "closed";
  }
}

/** A peer that takes what is said to it. */
function peer() {
  const channels = [];
  return {
    id: "p", name: "\u001b[2J", live: true, can: () => false, sides: { hasRoom: false }, inCall: false, maxMessageBytes: 256 * 1024,
    said: [], channels,
    say(message) { this.said.push(message); },
    openLane() {
      const channel = new Channel();
      channels.push(channel);
      return new Lane(channel);
    },
    renew() {},
  };
}

/** A transfer that is offered, and the channel of its lane. */
function offered(offer, pages) {
  const [far, channel, refused] = [peer(), new Channel(), []];
  const house = {
    changed() {}, refused: (why) => refused.push(why), inUse() {},
    consents: { give() {}, given: () => false, withdraw() {} },
  };
  const incoming = new Incoming(far, { type: "offer_files", transfer: TRANSFER, title: "x", open_ended: false, ...offer }, house);
  incoming.take(new Lane(channel));
  for (const [file, page, last, text] of pages) hear(channel, pack(FrameType.MANIFEST, file, page, last, text));
  return { incoming, far, channel, refused };
}

const hear = (channel, message) => {
  if (channel.readyState !== "open") return;
  channel.onmessage({ data: typeof message === "string" ? message : message.buffer.slice(message.byteOffset, message.byteOffset + message.byteLength) });
};

const until = async (condition) => {
  for (const end = performance.now() + PATIENCE_MS; !condition(); await turn()) {
    assert.ok(performance.now() < end, "it never came");
  }
};

for (const { name, entries } of vectors("names").hostile) {
  test(`asks nobody about what ${name}`, async () => {
    const bytes = entries.reduce((sum, { size = 0 }) => sum + size, 0);
    const { incoming, far, refused } = offered({ files: entries.length, bytes }, [[0, 0, 1, Buffer.from(JSON.stringify(entries))]]);
    await turn();
    assert.equal(incoming.view, null);
    assert.ok(incoming.over);
    assert.equal(refused.length, 1);
    assert.deepEqual(far.said.map(({ type, reason }) => [type, reason]), [["decline_files", "unsafe_name"]]);
  });
}

const ENTRIES = [
  { path: "top", kind: "dir" }, { path: "top/empty" }, { path: "top/small", size: 5 }, { path: "top/other", size: 7 },
  { path: "top/large", size: MIB + 3 }, { path: "top/stream", size: -1 }, { path: "top/link", kind: "link", target: "small" },
];
const CONTENT = { 2: Buffer.from("small"), 3: Buffer.from("another"), 4: Buffer.alloc(MIB + 3), 5: Buffer.from("stream") };
const ODD = [0, 1, 2, 3, 4, 5, 6, 7, 16, 511, 512, MIB, 2 ** 31, 2 ** 32 - 1];

const leafOf = (file, leaf) => CONTENT[file].subarray(leaf * MIB, (leaf + 1) * MIB);

function honestlySent({ one, often }) {
  const file = one([2, 3, 4, 4, 5]);
  const leaf = file === 4 ? one([0, 1]) : 0;
  const data = leafOf(file, leaf);
  const proof = often() ? hash(data) : new Uint8Array(32);
  switch (one(["data", "data", "leaf", "leaf", "small", "done"])) {
    case "data":
      return [0, 1, 2, 3, 4, 5].map((piece) => [piece * 200_000, data.subarray(piece * 200_000, (piece + 1) * 200_000)])
        .filter(([, piece]) => piece.length).map(([at, piece]) => pack(FrameType.DATA, file, leaf, at, piece));
    case "leaf":
      return [packLeaf(file, leaf, data.length, proof)];
    case "small":
      return [packFiles([[{ file: 2, length: 5, sha256: often() ? hash(CONTENT[2]) : proof }, CONTENT[2]]])];
    default: {
      const leaves = Buffer.concat(file === 4 ? [hash(leafOf(4, 0)), hash(leafOf(4, 1))] : [hash(data)]);
      return [packDone(file, CONTENT[file].length, often() ? hash(rootInput(CONTENT[file].length, leaves)) : proof)];
    }
  }
}

function anything({ one, below }) {
  const junk = Buffer.from(Array.from({ length: below(60) }, () => below(256)));
  const type = one(Object.values(FrameType));
  return one([
    () => junk, () => "text", () => pack(type, one(ODD), one(ODD), one(ODD), junk),
    () => pack(type, one(ODD), one(ODD), one(ODD), one([junk, Buffer.alloc(12), Buffer.alloc(32), Buffer.alloc(40), Buffer.alloc(200_000)])),
    () => packDone(one(ODD), one([0, 5, MIB + 3, 2 ** 52]), new Uint8Array(32)),
  ])();
}

const ENDS = new Set(["done", "failed", "declined", "active", "paused"]);

for (let seed = 1; seed <= RUNS; seed += 1) {
  test(`takes what a hostile sender sends, seed ${seed}`, async () => {
    const { one, below, often } = dice(seed);
    const { incoming, far, channel } = offered(
      { files: ENTRIES.length, bytes: 5 + 7 + MIB + 3, open_ended: true }, [[0, 0, 1, Buffer.from(JSON.stringify(ENTRIES))]],
    );
    await until(() => incoming.view?.state === "offered" && incoming.holding);
    await incoming.accept();
    await until(() => far.said.some(({ type }) => type === "accept_files"));
    for (let count = below(30); count > 0; count -= 1) {
      for (const message of honestlySent({ one, often })) hear(channel, message);
      if (below(3) === 0) await turn();
    }
    for (let count = below(8); count > 0; count -= 1) hear(channel, anything({ one, below }));
    if (below(2)) incoming.control({ type: "cancel_files", transfer: TRANSFER, reason: "integrity", message: "\u001b" });
    for (let turns = 0; turns < 30; turns += 1) await turn();
    assert.ok(ENDS.has(incoming.view?.state ?? ""), incoming.view?.state);
    incoming.end("peer-left");
    assert.ok(incoming.over);
  });
}

const file = (name, bytes) => Object.assign(new File([bytes], name, { lastModified: 0 }));

const ranges = (type, runs) => {
  const payload = Buffer.alloc(runs.length * 12);
  runs.flat().forEach((value, at) => payload.writeUInt32BE(value, at * 4));
  return pack(type, 0, 0, 0, payload);
};

for (let seed = 1; seed <= RUNS; seed += 1) {
  test(`gives what a hostile receiver wants, seed ${seed}`, async () => {
    const { one, below } = dice(seed + 10_000);
    const far = peer();
    const source = await sourceOf([2, 3, 4].map((number) => ({ path: `${number}`, file: file(`${number}`, CONTENT[number]) })));
    const outgoing = new Outgoing(TRANSFER, far, source, () => {}, new Pacer());
    const [channel] = far.channels;
    channel.onopen?.();
    await turn();
    outgoing.hear({ type: "accept_files", transfer: TRANSFER, take: one([null, null, [0], [0, 2], [7], []]) });
    const plausible = [[0, 0, 1], [1, 0, 1], [2, 0, 2], [2, 1, 1], [2, 0, 1], [0, 0, 0], [2, 2, 0]];
    for (let count = below(20); count > 0; count -= 1) {
      const runs = Array.from({ length: 1 + below(3) }, () => one(plausible));
      hear(channel, ranges(one([FrameType.WANT, FrameType.WANT, FrameType.HAVE]), runs));
      if (below(3) === 0) outgoing.hear({ type: one(["pause_files", "resume_files", "resume_files"]), transfer: TRANSFER });
      if (below(3) === 0) await turn();
    }
    for (let count = below(6); count > 0; count -= 1) {
      hear(channel, one([() => anything({ one, below }), () => ranges(one([FrameType.WANT, FrameType.HAVE]), [[one(ODD), one(ODD), one(ODD)]])])());
    }
    if (below(2)) outgoing.hear({ type: "finished_files", transfer: TRANSFER });
    for (let turns = 0; turns < 30; turns += 1) await turn();
    outgoing.end("peer-left");
    assert.ok(outgoing.over);
  });
}
