// What is believed of a journal: whole lines about this manifest, and nothing after the first that is not.

import assert from "node:assert/strict";
import { test } from "node:test";

import { concat, utf8 } from "../../../web/static/js/core/bytes.js";
import { bytesIn, headLine, heldLine, merge, placedLine, readJournal } from "../../../web/static/js/core/journal.js";

const MIB = 1024 * 1024;
const NAME = "0123456789abcdef0123456789abcdef";
const file = (path, size) => ({ path, kind: "file", size, mtime: 5, mode: 0o644, target: "" });
const ENTRIES = [file("film.mkv", 10 * MIB + 1), { ...file("album", 0), kind: "dir" }, file("note.txt", 7), file("pipe", -1)];
const read = (...lines) => readJournal(concat(...lines), NAME, ENTRIES);
const HEAD = headLine(NAME);

test("begins with the fingerprint of its manifest", () => {
  assert.equal(new TextDecoder().decode(HEAD), `{"v":1,"fingerprint":"${NAME}"}\n`);
  assert.deepEqual(read(HEAD), { held: [], placed: [], length: HEAD.length });
});

test("another manifest's, another version's, an empty or a torn one is none", () => {
  assert.equal(readJournal(HEAD, NAME.replace("0", "1"), ENTRIES), null);
  assert.equal(read(utf8(`{"v":2,"fingerprint":"${NAME}"}\n`)), null);
  assert.equal(read(utf8("")), null);
  assert.equal(read(HEAD.subarray(0, -1)), null);
});

test("tells what is held and what is placed", () => {
  const placed = [2, "note.txt", "ab", 5];
  const lines = [HEAD, heldLine([[0, 0, 2], [2, 0, 1]]), heldLine([[0, 2, 3]]), placedLine([placed])];
  assert.deepEqual(read(...lines), { held: [[0, 0, 5]], placed: [placed], length: concat(...lines).length });
});

test("ends before the line that was being written when the browser was killed", () => {
  const whole = [HEAD, heldLine([[0, 0, 2]])];
  const torn = heldLine([[0, 2, 3]]).subarray(0, -4);
  assert.deepEqual(read(...whole, torn), read(...whole));
  assert.deepEqual(read(...whole, torn, utf8("\n"), heldLine([[0, 5, 1]])), read(...whole));
});

for (const [name, said] of [
  ["leaves beyond the end", { held: [[0, 10, 2]] }],
  ["no leaf at all", { held: [[0, 0, 0]] }],
  ["an entry that is none", { held: [[4, 0, 1]] }],
  ["a folder", { placed: [[1, "album", "", 5]] }],
  ["a stream, which is never gone on with", { held: [[3, 0, 1]] }],
  ["another path", { placed: [[2, "film.mkv", "ab", 5]] }],
  ["half a leaf", { held: [[0, 0.5, 1]] }],
  ["no list", { held: "all" }],
]) {
  test(`does not believe ${name}`, () => {
    let found = null;
    try {
      found = read(HEAD, utf8(`${JSON.stringify(said)}\n`), heldLine([[0, 0, 1]]));
    } catch (error) {
      assert.fail(error);
    }
    assert.deepEqual(found, { held: [], placed: [], length: HEAD.length });
  });
}

test("merges what touches and overlaps", () => {
  assert.deepEqual(merge([[1, 4, 2], [0, 0, 1], [1, 0, 3], [1, 2, 2], [0, 2, 1]]), [[0, 0, 1], [0, 2, 1], [1, 0, 6]]);
});

test("counts the bytes of a last leaf that is short", () => {
  assert.equal(bytesIn([[0, 9, 2], [2, 0, 1]], ENTRIES), MIB + 1 + 7);
});
