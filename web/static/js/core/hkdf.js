// HKDF-SHA256 (RFC 5869) through WebCrypto.

import { utf8 } from "./bytes.js";

/** @import { Bytes } from "./bytes.js" */

/**
 * @param {Bytes} secret @param {Bytes} salt empty for none
 * @param {string} info @param {number} size in bytes
 * @returns {Promise<Bytes>}
 */
export async function hkdf(secret, salt, info, size) {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt, info: utf8(info) };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 8 * size));
}
