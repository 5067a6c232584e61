// Many changes make one drawing: on the next frame, or soon, while the page is hidden and has no frames. What only counts
// on may wait a little: sixty drawings a second would cost more than the bytes that they tell of.

const LATEST_MS = 100;
const CALM_MS = 200;

/** @typedef {(how?: "calmly") => void} Redraw  asks for a drawing; "calmly" when only numbers have moved on */

/**
 * Asks at once when the state is another than the last time, and calmly otherwise.
 * @param {Redraw} changed @returns {(state: string) => void}
 */
export function byState(changed) {
  let told = "";
  return (state) => {
    changed(state === told ? "calmly" : undefined);
    told = state;
  };
}

/** @param {() => void} draw @returns {Redraw} */
export function coalesce(draw) {
  let asked = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let resting;
  const soon = () => {
    clearTimeout(resting);
    resting = undefined;
    if (asked) return;
    asked = true;
    const go = () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      asked = false;
      draw();
    };
    const frame = requestAnimationFrame(go);
    const timer = setTimeout(go, LATEST_MS);
  };
  return (how) => {
    if (how !== "calmly") soon();
    else if (!asked) resting ??= setTimeout(soon, CALM_MS);
  };
}
