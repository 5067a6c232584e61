// What a page makes of lines that it hears, and of those that it is told of.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Chat } from "../../../web/static/js/io/chat.js";

const ana = { id: "ana", name: "Ana" };
const ben = { id: "ben", name: "Ben" };
/** @param {string} id @param {number} at @param {string | null} [name] */
const past = (id, at, name = null) => ({ type: /** @type {const} */ ("past"), id, text: `line ${id}`, at, name });
/** @param {Chat} chat */
const seen = (chat) => chat.lines.map(({ id, from, name, told }) => [id, from, name, told]);

const fresh = () => new Chat(() => {});

test("lines of before stand in the order of their times, and what is heard live comes last", () => {
  const chat = fresh();
  chat.learn(past("b", 20), ana);
  chat.hear({ type: "chat", id: "now", text: "now", at: 25 }, ben);
  chat.learn(past("a", 10), ben);
  chat.learn(past("c", 22), ana);
  assert.deepEqual(chat.lines.map((line) => line.id), ["a", "b", "c", "now"]);
});

test("a line is there once, whoever tells it, and how often", () => {
  const chat = fresh();
  chat.learn(past("a", 10), ana);
  chat.learn(past("a", 10), ana);
  chat.learn(past("a", 10, "Ana"), ben);
  chat.hear({ type: "chat", id: "a", text: "again", at: 11 }, ana);
  assert.deepEqual(seen(chat), [["a", "ana", "Ana", ""]]);
});

test("what its writer says of a line counts more than what another told", () => {
  const chat = fresh();
  chat.learn(past("a", 10, "Somebody"), ben);
  assert.deepEqual(seen(chat), [["a", "", "Somebody", "Ben"]]);
  chat.learn(past("a", 10), ana);
  assert.deepEqual(seen(chat), [["a", "ana", "Ana", ""]]);
});

test("a newcomer is told the latest hundred, our own without a name", () => {
  const chat = fresh();
  for (let count = 0; count < 150; count += 1) chat.hear({ type: "chat", id: `x${count}`, text: "x", at: count }, ana);
  chat.write("mine", "Me");
  const told = chat.past;
  assert.equal(told.length, 100);
  assert.deepEqual([told[98].name, told[99].name, told[99].text], ["Ana", undefined, "mine"]);
});
