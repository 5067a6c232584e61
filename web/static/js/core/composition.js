// Where the pictures of a recording stand: all alike in a grid, or in a strip beside a shared screen. Pure.

/** @typedef {{x: number, y: number, width: number, height: number}} Rect */
/** @typedef {{width: number, height: number}} Size */

export const FRAME = Object.freeze({ width: 1280, height: 720 });
const RATIO = 16 / 9;
const GAP = 8;
const STRIP = 256;

/**
 * @param {number} count of pictures @param {boolean} screen whether one is shared
 * @returns {{screen: Rect | null, pictures: readonly Rect[]}} in whole pixels of the frame
 */
export function compose(count, screen) {
  const whole = { x: 0, y: 0, ...FRAME };
  if (!screen) return { screen: null, pictures: grid(count, whole) };
  if (!count) return { screen: whole, pictures: [] };
  const width = FRAME.width - STRIP - GAP;
  return { screen: { ...whole, width }, pictures: grid(count, { ...whole, x: width + GAP, width: STRIP }) };
}

/** The largest of this shape inside: nothing is cut off. @param {Size} shape @param {Rect} inside @returns {Rect} */
export function contain({ width, height }, inside) {
  const scale = Math.min(inside.width / width, inside.height / height);
  return centred({ width: Math.round(width * scale), height: Math.round(height * scale) }, inside);
}

/** What of a picture fills this shape: its edges are cut off. @param {Size} picture @param {Size} shape @returns {Rect} in pixels of the picture */
export function crop(picture, shape) {
  return contain(shape, { x: 0, y: 0, ...picture });
}

/** As large as so many can be, the last row in the middle. @param {number} count @param {Rect} area @returns {Rect[]} */
function grid(count, area) {
  const { columns, width, height } = cells(count, area);
  const rows = Math.ceil(count / columns);
  const top = area.y + (area.height - rows * height - (rows - 1) * GAP) / 2;
  return Array.from({ length: count }, (_, at) => {
    const row = Math.floor(at / columns);
    const inRow = Math.min(columns, count - row * columns);
    const left = area.x + (area.width - inRow * width - (inRow - 1) * GAP) / 2;
    return { x: Math.floor(left + (at % columns) * (width + GAP)), y: Math.floor(top + row * (height + GAP)), width, height };
  });
}

/** @param {number} count @param {Size} area */
function cells(count, area) {
  let best = { columns: 1, width: 0, height: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const width = (area.width - (columns - 1) * GAP) / columns;
    const height = Math.floor(Math.min(width / RATIO, (area.height - (rows - 1) * GAP) / rows));
    if (height > best.height) best = { columns, width: Math.floor(Math.min(width, height * RATIO)), height };
  }
  return best;
}

/** @param {Size} size @param {Rect} inside @returns {Rect} */
const centred = ({ width, height }, inside) => ({
  x: inside.x + Math.floor((inside.width - width) / 2),
  y: inside.y + Math.floor((inside.height - height) / 2),
  width,
  height,
});
