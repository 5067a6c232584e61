// Bytes as text and bytes in line: base64url without padding (RFC 4648, section 5) and length-prefixed strings.
// Twin of peer/bytes.py.

import { Malformed } from "./codec.js";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/** The one text form of `data`. @param {Uint8Array} data */
export function toBase64url(data) {
  let text = "";
  for (const byte of data) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * The bytes that `text` stands for.
 * @param {string} text
 * @returns {Bytes}
 * @throws {Malformed} padding, a foreign character, or stray bits at the end
 */
export function fromBase64url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw new Malformed("not base64url");
  const data = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
  if (toBase64url(data) !== text) throw new Malformed("not the one base64url spelling of its bytes");
  return data;
}

/** @param {...Uint8Array} parts @returns {Bytes} */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {string} text @returns {Bytes} */
export const utf8 = (text) => new TextEncoder().encode(text);

/** @param {Uint8Array} data @throws {Malformed} */
export function fromUtf8(data) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw new Malformed("not UTF-8");
  }
}

/** Whether both hold the same bytes, in a time that does not tell where they differ. @param {Uint8Array} a @param {Uint8Array} b */
export function equal(a, b) {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= a[at] ^ b[at];
  return difference === 0;
}

/**
 * Each part after its length in LEB128, so that no two lists of parts give the same bytes.
 * Source: draft-irtf-cfrg-cpace-21, appendix A.1 (`prepend_len`, `lv_cat`).
 * @param {...Uint8Array} parts
 */
export const lv = (...parts) => concat(...parts.flatMap((part) => [length(part.length), part]));

/** @param {number} number */
function length(number) {
  const digits = [];
  for (; number > 0x7f; number >>= 7) digits.push((number & 0x7f) | 0x80);
  return Uint8Array.of(...digits, number);
}
