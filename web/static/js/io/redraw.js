// Many changes make one drawing: on the next frame, or soon, while the page is hidden and has no frames.

const LATEST_MS = 100;

/** @param {() => void} draw @returns {() => void} asks for a drawing */
export function coalesce(draw) {
  let asked = false;
  return () => {
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
}
