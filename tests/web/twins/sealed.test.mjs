import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { fromBase64url, toBase64url } from "../../../web/static/js/core/bytes.js";
import { Seal, SealBroken } from "../../../web/static/js/core/sealed.js";
import { readVectors, unhex } from "./vectors.mjs";

const VECTORS = readVectors("sealed");
const { room, newcomer: me, member: other } = VECTORS;
const keys = { send: unhex(VECTORS.send), receive: unhex(VECTORS.receive) };
const swapped = { send: keys.receive, receive: keys.send };
const BYE = /** @type {const} */ ({ type: "bye" });

/** @type {Seal} */ let newcomer;
/** @type {Seal} */ let member;

beforeEach(async () => {
  newcomer = await Seal.create({ keys, room, me, other });
  member = await Seal.create({ keys: swapped, room, me: other, other: me });
});

test("vectors", async () => {
  for (const { from, inner, note } of VECTORS.said) {
    const [speaker, listener] = from === "newcomer" ? [newcomer, member] : [member, newcomer];
    assert.deepEqual(await speaker.seal(inner), note);
    assert.deepEqual(await listener.open(note), inner);
  }
});

test("notes keep their order though none is awaited", async () => {
  const epochs = [...Array(50).keys()];
  /** @type {Awaited<ReturnType<Seal["seal"]>>[]} */ const sealed = [];
  await Promise.all(epochs.map((epoch) => newcomer.seal({ type: "renegotiate", epoch }).then((note) => sealed.push(note))));
  assert.deepEqual(sealed.map(({ n }) => n), epochs);
  const opened = await Promise.all(sealed.map((note) => member.open(note)));
  assert.deepEqual(opened.map((note) => note.type === "renegotiate" && note.epoch), epochs);
});

test("replays, gaps and notes sent back are refused, and the one that is due still opens", async () => {
  const [first, second] = [await newcomer.seal(BYE), await newcomer.seal(BYE)];
  await assert.rejects(member.open(second), SealBroken);
  await assert.rejects(newcomer.open(first), SealBroken);
  await member.open(first);
  await assert.rejects(member.open(first), SealBroken);
  await assert.rejects(member.open({ ...first, n: 1 }), SealBroken);
  await member.open(second);
});

test("a changed box is refused", async () => {
  const note = await newcomer.seal(BYE);
  for (let at = 0; at < fromBase64url(note.box).length; at++) {
    const box = fromBase64url(note.box);
    box[at] ^= 1;
    await assert.rejects(member.open({ ...note, box: toBase64url(box) }), SealBroken);
  }
  for (const box of ["A", "AAAA", `${note.box}AAAA`, note.box.slice(4)]) {
    await assert.rejects(member.open({ ...note, box }), SealBroken);
  }
  assert.deepEqual(await member.open(note), BYE);
});

test("a note of another pair is refused", async () => {
  const note = await newcomer.seal(BYE);
  for (const names of [{ room: "n8" }, { me: "other-peer_" }, { other: "other-peer_" }]) {
    const elsewhere = await Seal.create({ keys: swapped, room, me: other, other: me, ...names });
    await assert.rejects(elsewhere.open(note), SealBroken);
  }
});

test("what does not fit is not said", async () => {
  const candidates = Array.from({ length: 64 }, () => ({ candidate: "x".repeat(1024), mid: null, index: null }));
  await assert.rejects(newcomer.seal({ type: "candidates", epoch: 1, candidates }), RangeError);
  assert.deepEqual(await member.open(await newcomer.seal(BYE)), BYE);
});
