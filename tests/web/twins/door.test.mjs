// The lock of a room, against the vectors of tests/peer/core/test_door.py.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Door } from "../../../web/static/js/core/door.js";
import { againMac } from "../../../web/static/js/core/proof.js";

const { scenarios, again } = JSON.parse(readFileSync(new URL("../../vectors/door.json", import.meta.url), "utf8"));

const CALLS = {
  turned_away: (door) => door.turnedAway(),
  linked: (door, instance, able, claims, elder) => door.linked(instance, { able, claims, elder }),
  room: (door, sender, host, claimed, locked, ...left) => {
    const now = left.pop();
    return door.heard(sender, { type: "room", host, claimed, locked, expires_in: left[0] ?? null }, now);
  },
  verdict: (door, sender, instance, verdict, now) => door.heard(sender, { type: "verdict", instance, verdict }, now),
  decide: (door, instance, verdict) => door.decide({ instance, verdict }),
  keep_open: (door, seconds, now) => door.keepOpen(seconds, now),
  at: () => {},
};

const told = (state) => state && [state.host, state.claimed, state.locked, state.expires_in ?? null];

for (const { name, made, able, steps } of scenarios) {
  test(name, () => {
    const door = new Door("me", made, able);
    let now = 0;
    steps.forEach(([call, ...rest], number) => {
      const then = rest.pop();
      if (call === "at") now = rest[0];
      const gives = CALLS[call] ? CALLS[call](door, ...rest, now) : door[call](...rest, now);
      const seen = {
        gives: Array.isArray(gives) ? gives.map(({ what, instance }) => [what, instance]) : gives,
        host: door.host,
        mine: door.mine,
        locked: door.locked,
        deadline: door.deadline,
        knocks: door.knocks.map((each) => [each.instance, each.name, each.held]),
        told: "told" in then ? told(door.state(now)) : undefined,
      };
      for (const [key, value] of Object.entries(then)) assert.deepEqual(seen[key], value, `step ${number}: ${call} ${rest}, ${key}`);
    });
  });
}

test("who was linked before proves it", async () => {
  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (two) => parseInt(two, 16));
  assert.equal(await againMac(bytes(again.before), bytes(again.now)), again.mac);
});
