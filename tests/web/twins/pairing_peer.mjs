// The page's pairing and seal as a process: one JSON order a line on stdin, one JSON answer a line on stdout.

import { createInterface } from "node:readline";

import { decodeOuter } from "../../../web/static/js/core/codec.js";
import { Member, Newcomer } from "../../../web/static/js/core/pairing.js";
import { proofMac } from "../../../web/static/js/core/proof.js";
import { Seal } from "../../../web/static/js/core/sealed.js";
import { unhex } from "./vectors.mjs";

/** @type {Newcomer | Member} */ let machine;
/** @type {{room: string, me: string, other: string}} */ let names;
/** @type {import("../../../web/static/js/core/pairing.js").PairKeys} */ let keys;
/** @type {Seal} */ let seal;

const orders = {
  /** @param {{role: "newcomer" | "member", secret: string, room: string, me: string, other: string}} pair */
  async pair({ role, secret, ...rest }) {
    names = rest;
    machine = new { newcomer: Newcomer, member: Member }[role]({ secret: unhex(secret), ...names });
    return machine instanceof Newcomer ? done(await machine.start()) : [];
  },
  /** @param {unknown} note */
  step: async (note) => done(await machine.step(decodeOuter(JSON.stringify(note)))),
  /** @param {import("../../../web/static/js/gen/messages.js").InnerNote} note */
  seal: (note) => seal.seal(note),
  /** @param {import("../../../web/static/js/core/sealed.js").SealedNote} note */
  open: (note) => seal.open(note),
  /** @param {{role: "newcomer" | "member", newcomer: string, member: string}} said */
  proof: ({ role, newcomer, member }) => proofMac(keys.proof, role, newcomer, member),
};

/** Keeps the keys to itself. @param {import("../../../web/static/js/core/pairing.js").Effect[]} effects */
async function done(effects) {
  const answer = [];
  for (const effect of effects) {
    if (effect.type === "paired") {
      keys = effect.keys;
      seal = await Seal.create({ keys, ...names });
      answer.push({ type: "paired", sas: keys.sas.map(({ name }) => name) });
    } else answer.push(effect);
  }
  return answer;
}

for await (const line of createInterface({ input: process.stdin })) {
  const [[order, value]] = Object.entries(JSON.parse(line));
  console.log(JSON.stringify(await orders[/** @type {keyof typeof orders} */ (order)](value)));
}
