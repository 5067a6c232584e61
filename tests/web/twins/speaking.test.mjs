// Who is shown to speak, and who takes the stage.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Speaking } from "../../../web/static/js/core/speaking.js";

const SPEECH = 0.08;
const HISS = 0.004;
const LOOK = 0.1;

/** A room in which time passes look by look. */
class Hall {
  speaking = new Speaking("me");
  /** @type {Map<string, number | null>} */
  levels = new Map([["me", 0], ["ana", 0], ["ben", 0]]);
  now = 100;
  /** What was shown, each time that it changed. @type {string[]} */
  shown = [];

  /** @param {number} seconds @param {Record<string, number | null>} levels of those who are another from now on */
  pass(seconds, levels = {}) {
    for (const [id, level] of Object.entries(levels)) this.levels.set(id, level);
    for (let look = 0; look < Math.round(seconds / LOOK); look += 1) {
      this.now += LOOK;
      const before = this.speaking.now;
      const { speaking, active } = this.speaking.hear(this.levels, this.now);
      if (this.speaking.now !== before) this.shown.push(`${speaking.join("+") || "nobody"} / ${active || "none"}`);
    }
    return this;
  }

  /** Words, and as long without a sound between them. @param {string} id @param {number} seconds */
  talk(id, seconds) {
    for (let part = 0; part < seconds / 0.6; part += 1) this.pass(0.3, { [id]: SPEECH }).pass(0.3, { [id]: HISS });
    return this;
  }
}

test("who begins to speak is shown within a fifth of a second", () => {
  assert.deepEqual(new Hall().pass(0.2, { ana: SPEECH }).shown, ["ana / none"]);
});

test("pauses between words do not flicker, and the mark goes a second after the last", () => {
  const hall = new Hall().talk("ana", 6);
  assert.deepEqual(hall.shown, ["ana / none", "ana / ana"]);
  hall.pass(0.6);
  assert.equal(hall.shown.length, 2);
  hall.pass(0.4);
  assert.deepEqual(hall.shown.at(-1), "nobody / ana");
});

test("hiss and a single click are nothing", () => {
  assert.deepEqual(new Hall().pass(5, { ana: HISS }).pass(0.1, { ana: 0.5 }).pass(3, { ana: HISS }).shown, []);
});

test("a cough does not take over, neither from who speaks nor in a silence", () => {
  const hall = new Hall().talk("ana", 3).pass(0.4, { ben: 0.4 }).pass(3, { ben: 0 });
  assert.equal(hall.speaking.now.active, "ana");
  hall.pass(0.4, { ben: 0.4 }).pass(3, { ben: 0 });
  assert.equal(hall.speaking.now.active, "ana");
});

test("who answers takes over, once the other one is silent", () => {
  const hall = new Hall().talk("ana", 3).pass(0.8).talk("ben", 2.4);
  assert.deepEqual(hall.shown.map((each) => each.split(" / ")[1]).filter((each, index, all) => each !== all[index - 1]), ["none", "ana", "ben"]);
});

test("two who speak at once do not take the stage from each other", () => {
  const hall = new Hall().talk("ana", 2);
  for (let turn = 0; turn < 20; turn += 1) hall.pass(0.3, { ana: SPEECH, ben: 0 }).pass(0.3, { ana: 0, ben: SPEECH });
  assert.equal(hall.speaking.now.active, "ana");
  assert.deepEqual(hall.speaking.now.speaking, ["ana", "ben"]);
});

test("a fan does not hold the stage against somebody who speaks", () => {
  const hall = new Hall().pass(10, { ana: 0.015 });
  assert.equal(hall.speaking.now.active, "ana");
  hall.pass(2, { ben: SPEECH });
  assert.equal(hall.speaking.now.active, "ana");
  hall.pass(1);
  assert.equal(hall.speaking.now.active, "ben");
});

test("oneself speaks, and is never the one to look at", () => {
  const { speaking, active } = new Hall().pass(5, { me: SPEECH }).speaking.now;
  assert.deepEqual([speaking, active], [["me"], ""]);
});

test("with the microphone the mark goes at once, and the stage is kept", () => {
  const hall = new Hall().talk("ana", 3).pass(LOOK, { ana: null });
  assert.deepEqual(hall.speaking.now, { speaking: [], active: "ana" });
});

test("who leaves gives up the stage", () => {
  const hall = new Hall().talk("ana", 3);
  hall.levels.delete("ana");
  assert.deepEqual(hall.pass(LOOK).speaking.now, { speaking: [], active: "" });
});

test("looks that come seldom, as on a busy machine, find the speaker all the same", () => {
  const hall = new Hall();
  hall.levels.set("ana", SPEECH);
  for (let look = 0; look < 4; look += 1) hall.speaking.hear(hall.levels, (hall.now += 0.7));
  assert.deepEqual(hall.speaking.now, { speaking: ["ana"], active: "ana" });
});

test("while nothing changes it is the same object, so that nothing is drawn", () => {
  const hall = new Hall().talk("ana", 3);
  const { now } = hall.speaking;
  assert.equal(hall.pass(0.5, { ana: SPEECH }).speaking.now, now);
});
