// Which file of how many moves.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Course } from "../../../web/static/js/io/course.js";

const entry = (path, kind = "file") => ({ path, kind, size: 1, mtime: 0, mode: 0o644, target: "" });

test("counts files, not folders", () => {
  const course = new Course([entry("a", "dir"), entry("a/1"), entry("a/b", "dir"), entry("a/b/2"), entry("a/3")]);
  assert.equal(course.files, 3);
  assert.equal(course.current, null);
  course.reach(3);
  assert.deepEqual(course.current, { path: "a/b/2", number: 2, count: 3 });
});

test("has nothing to tell of a single file", () => {
  const course = new Course([entry("a")]);
  course.reach(0);
  assert.equal(course.current, null);
});
