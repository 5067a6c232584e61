// What the browser lets the page do with camera and microphone may change at any time, beside its address.

/** @typedef {"mic" | "camera"} Device */

const NAMES = Object.freeze(/** @type {const} */ ({ mic: "microphone", camera: "camera" }));

/**
 * Tells of each device that the page may use from now on, or may ask for again. Where the browser says nothing of it,
 * nothing is told.
 * @param {(device: Device) => void} allowed @returns {() => void} ends it
 */
export function watchPermissions(allowed) {
  const watch = new AbortController();
  for (const device of /** @type {const} */ (["camera", "mic"])) void follow(device, allowed, watch.signal);
  return () => watch.abort();
}

/** @param {Device} device @param {(device: Device) => void} allowed @param {AbortSignal} signal */
async function follow(device, allowed, signal) {
  // Not every browser knows the names, and one without throws.
  const status = await navigator.permissions?.query({ name: NAMES[device] }).catch(() => null);
  status?.addEventListener("change", () => status.state === "denied" || allowed(device), { signal });
}
