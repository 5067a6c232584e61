// Where the pictures of a recording stand, for any number of them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { FRAME, compose, contain, crop } from "../../../web/static/js/core/composition.js";

/** @typedef {import("../../../web/static/js/core/composition.js").Rect} Rect */

const MANY = 16;

/** @param {Rect} a @param {Rect} b */
const meet = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** @param {Rect} rect */
const isWithin = ({ x, y, width, height }) => x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= FRAME.width && y + height <= FRAME.height;

test("one picture takes the whole frame, and so does a screen without any", () => {
  assert.deepEqual(compose(1, false), { screen: null, pictures: [{ x: 0, y: 0, ...FRAME }] });
  assert.deepEqual(compose(0, true), { screen: { x: 0, y: 0, ...FRAME }, pictures: [] });
  assert.deepEqual(compose(0, false), { screen: null, pictures: [] });
});

test("two stand side by side, and of three the last in the middle below", () => {
  assert.deepEqual(compose(2, false).pictures, [{ x: 2, y: 181, width: 634, height: 357 }, { x: 644, y: 181, width: 634, height: 357 }]);
  const [, , last] = compose(3, false).pictures;
  assert.equal(last.x + last.width / 2, FRAME.width / 2);
});

for (const screen of [false, true]) {
  test(`however many there are, none leaves the frame, covers another or loses its shape${screen ? ", beside a screen" : ""}`, () => {
    for (let count = 1; count <= MANY; count += 1) {
      const { screen: large, pictures } = compose(count, screen);
      const all = large ? [large, ...pictures] : [...pictures];
      assert.equal(pictures.length, count);
      assert.ok(all.every(isWithin), `${count}`);
      assert.ok(all.every((each, at) => all.slice(at + 1).every((other) => !meet(each, other))), `${count}`);
      assert.ok(all.every((each) => Object.values(each).every(Number.isInteger)), `${count}`);
      for (const { width, height } of pictures) assert.ok(Math.abs(width / height - 16 / 9) < 0.05, `${count}: ${width} × ${height}`);
    }
  });
}

test("a screen is larger than any picture beside it", () => {
  for (let count = 1; count <= MANY; count += 1) {
    const { screen, pictures } = compose(count, true);
    assert.ok(screen && pictures.every(({ width }) => width * 3 < screen.width));
  }
});

test("nothing of what has to be seen whole is cut off, and it keeps its shape", () => {
  assert.deepEqual(contain({ width: 480, height: 640 }, { x: 100, y: 0, width: 640, height: 360 }), { x: 285, y: 0, width: 270, height: 360 });
  assert.deepEqual(contain({ width: 1920, height: 1080 }, { x: 0, y: 0, width: 640, height: 360 }), { x: 0, y: 0, width: 640, height: 360 });
});

test("what fills a tile loses its edges evenly", () => {
  assert.deepEqual(crop({ width: 640, height: 480 }, { width: 1280, height: 720 }), { x: 0, y: 60, width: 640, height: 360 });
  assert.deepEqual(crop({ width: 2000, height: 360 }, { width: 1280, height: 720 }), { x: 680, y: 0, width: 640, height: 360 });
});
