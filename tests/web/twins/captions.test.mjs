// What the others say, to be read along.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Captions } from "../../../web/static/js/core/captions.js";

/** @param {Captions} captions */
const told = ({ lines }) => lines.map(({ from, text }) => `${from}: ${text}`);

test("a sentence grows in its place, and belongs to who began it", () => {
  const captions = new Captions();
  captions.hear("good", false, "asha", 0);
  const [{ id }] = captions.lines;
  captions.hear(" good morning", false, "bela", 1);
  captions.hear("Good morning.", true, "bela", 2);
  assert.deepEqual(told(captions), ["asha: Good morning."]);
  assert.equal(captions.lines[0].id, id);
});

test("it stands for a while, and three of them at most", () => {
  const captions = new Captions();
  for (const [now, word] of ["one", "two", "three", "four"].entries()) captions.hear(word, true, "asha", now);
  assert.deepEqual(told(captions), ["asha: two", "asha: three", "asha: four"]);
  assert.equal(captions.deadline, 7);
  captions.look(6.9);
  assert.equal(captions.lines.length, 3);
  captions.look(7);
  assert.deepEqual(told(captions), ["asha: three", "asha: four"]);
  captions.look(9);
  assert.equal(captions.deadline, Infinity);
});

test("what is dropped without an end does not stay, and the next one is another", () => {
  const captions = new Captions();
  captions.hear("it was", false, "asha", 0);
  captions.look(10);
  assert.deepEqual(told(captions), []);
  captions.hear("yes", false, "bela", 11);
  captions.hear("", false, "bela", 12);
  assert.deepEqual(told(captions), []);
  captions.hear("no", false, "", 13);
  captions.hear("no more", false, "chandra", 14);
  assert.deepEqual(told(captions), ["chandra: no more"], "who speaks may be known later");
});

test("of a sentence without an end the last part is there, from a whole word on", () => {
  const captions = new Captions();
  captions.hear("word ".repeat(100), false, "asha", 0);
  const [{ text }] = captions.lines;
  assert.ok(text.length <= 202);
  assert.match(text, /^… word word/);
});
