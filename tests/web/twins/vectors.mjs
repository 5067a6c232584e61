// Reads tests/vectors/<name>.json, and bytes written in hex.

import { readFileSync } from "node:fs";

/** @param {string} name */
export const readVectors = (name) =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8"));

/** @param {string} text */
export const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

/** @param {Uint8Array} bytes */
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Randomness that was drawn beforehand; fails when more is asked for. @param {string} text in hex */
export function fixed(text) {
  let rest = unhex(text);
  return (/** @type {number} */ size) => {
    if (rest.length < size) throw new Error("more randomness was asked for than the vector has");
    const taken = rest.slice(0, size);
    rest = rest.slice(size);
    return taken;
  };
}
