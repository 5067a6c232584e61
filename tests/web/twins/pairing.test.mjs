import assert from "node:assert/strict";
import { test } from "node:test";

import { Malformed, decodeOuter } from "../../../web/static/js/core/codec.js";
import { Member, Newcomer } from "../../../web/static/js/core/pairing.js";
import { proofMac } from "../../../web/static/js/core/proof.js";
import { fixed, hex, readVectors, unhex } from "./vectors.mjs";

const VECTORS = readVectors("pairing");

/** @param {import("../../../web/static/js/core/pairing.js").Effect} effect */
function asVector(effect) {
  switch (effect.type) {
    case "say":
      return { say: effect.note };
    case "paired": {
      const { send, receive, proof, sas, role } = effect.keys;
      return { paired: { send: hex(send), receive: hex(receive), proof: hex(proof), sas: sas.map(({ name }) => name), role } };
    }
    case "mismatched":
      return { mismatched: effect.reason };
  }
}

for (const run of VECTORS.runs) {
  test(run.name, async () => {
    const { room, me, other } = run;
    const pair = { secret: unhex(run.secret), room, me, other, random: fixed(run.random) };
    const machine = run.role === "newcomer" ? new Newcomer(pair) : new Member(pair);
    for (const { hear, effects, refused } of run.steps) {
      if (!hear) {
        assert.ok(machine instanceof Newcomer);
        assert.deepEqual((await machine.start()).map(asVector), effects);
      } else if (refused) {
        const before = machine.state;
        const isDue = (/** @type {Error} */ error) => error instanceof Malformed && error.constructor.name === refused;
        await assert.rejects(machine.step(decodeOuter(JSON.stringify(hear))), isDue);
        assert.equal(machine.state, before);
      } else {
        assert.deepEqual((await machine.step(decodeOuter(JSON.stringify(hear)))).map(asVector), effects);
      }
    }
  });
}

test("the proof of certificates", async () => {
  for (const { key, role, newcomer, member, mac } of VECTORS.proofs) {
    assert.equal(await proofMac(unhex(key), role, newcomer, member), mac);
  }
});

test("steps are taken in their order though none is awaited", async () => {
  const secret = Uint8Array.of(1);
  const newcomer = new Newcomer({ secret, room: "n7", me: "newcomer", other: "member" });
  const member = new Member({ secret, room: "n7", me: "member", other: "newcomer" });
  const [commit] = await newcomer.start();
  assert.ok(commit.type === "say");
  const note = decodeOuter(JSON.stringify(commit.note));
  const answers = await Promise.allSettled([member.step(note), member.step(note)]);
  assert.deepEqual(answers.map(({ status }) => status), ["fulfilled", "rejected"]);
});

test("a run starts once", async () => {
  const newcomer = new Newcomer({ secret: Uint8Array.of(1), room: "n7", me: "newcomer", other: "member" });
  await newcomer.start();
  await assert.rejects(newcomer.start(), /once/);
});
