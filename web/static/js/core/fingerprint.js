// Names a manifest across pages and processes: 128 bits over names, kinds, sizes, times and targets, as hex.
// Twin of `Manifest.fingerprint` in peer/manifest.py, driven by tests/vectors/manifest.json.

import { utf8 } from "./bytes.js";

/** @typedef {import("../gen/messages.js").Entry} Entry */

const LABEL = "twocans/1 manifest";
const DIGITS = 32;

/** @param {readonly Entry[]} entries */
export async function fingerprintOf(entries) {
  const lines = entries.map(({ path, kind, size, mtime, target }) => JSON.stringify([path, kind, size, mtime, target]));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(LABEL + lines.join(""))));
  return toHex(digest).slice(0, DIGITS);
}

/** @param {Uint8Array} data */
export const toHex = (data) => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
