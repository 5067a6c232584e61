// CPACE-X25519-SHA512 with key confirmation (draft-irtf-cfrg-cpace-21), initiator and responder.
// WebCrypto does X25519, SHA-512 and HMAC; the map of the secret onto the curve is BigInt arithmetic, which does not
// take constant time: see docs/security.md. In Python the package `cpace` does the same.

import { concat, equal, lv, utf8 } from "./bytes.js";

/** @import { Bytes } from "./bytes.js" */

const P = 2n ** 255n - 19n;
const A = 486662n;
const DSI = utf8("CPace255");
const DSI_ISK = utf8("CPace255_ISK");
const MAC_LABEL = utf8("CPaceMac");
const SHA512_BLOCK = 128;
const PKCS8_X25519 = Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 110, 4, 34, 4, 32);
// What RFC 8410 puts before the 32 bytes of a private key.

export const SCALAR_BYTES = 32;

/** The other's share is one of the points that must be refused. */
export class InvalidShare extends Error {}

/** One side of one run. */
export class CPace {
  /** @type {Bytes} */ #scalar;
  /** @type {{initiator: boolean, sid: Bytes, ad: Bytes}} */ #side;
  /** @type {{isk: Bytes, mac: CryptoKey, own: Bytes, theirs: Bytes} | null} */ #derived = null;

  /**
   * Begins a run.
   * @param {{initiator: boolean, secret: Uint8Array, sid: Bytes, ci: Bytes, ad: Bytes, scalar: Bytes}} run
   *   scalar: 32 fresh random bytes
   */
  static async start({ initiator, secret, sid, ci, ad, scalar }) {
    const share = await multiply(scalar, await generator(secret, ci, sid));
    return new CPace({ initiator, sid, ad }, scalar, share);
  }

  /** @param {{initiator: boolean, sid: Bytes, ad: Bytes}} side @param {Bytes} scalar @param {Bytes} share */
  constructor(side, scalar, share) {
    this.#side = side;
    this.#scalar = scalar;
    this.share = share;
  }

  /** @param {Bytes} share the other's @param {Bytes} ad the other's @throws {InvalidShare} */
  async derive(share, ad) {
    const { initiator, sid } = this.#side;
    const key = await multiply(this.#scalar, share);
    const own = lv(this.share, this.#side.ad);
    const theirs = lv(share, ad);
    const transcript = initiator ? [own, theirs] : [theirs, own];
    const isk = await sha512(concat(lv(DSI_ISK, sid, key), ...transcript));
    const macKey = await sha512(concat(MAC_LABEL, sid, isk));
    const mac = await crypto.subtle.importKey("raw", macKey, { name: "HMAC", hash: "SHA-512" }, false, ["sign", "verify"]);
    this.#derived = { isk, mac, own, theirs };
  }

  /** The key of this run; to be derived from, not used as it is. */
  get isk() {
    return this.#done.isk;
  }

  /** Proves to the other that this side knows the secret. @returns {Promise<Bytes>} */
  async tag() {
    return new Uint8Array(await crypto.subtle.sign("HMAC", this.#done.mac, this.#done.own));
  }

  /** Whether the other knows the secret. A tag that is our own, sent back, says nothing. @param {Bytes} tag */
  async verify(tag) {
    const { mac, own, theirs } = this.#done;
    return !equal(own, theirs) && crypto.subtle.verify("HMAC", mac, tag, theirs);
  }

  get #done() {
    if (!this.#derived) throw new Error("derive() comes first");
    return this.#derived;
  }
}

/** The point that stands for the secret in this run. @param {Uint8Array} secret @param {Bytes} ci @param {Bytes} sid */
export async function generator(secret, ci, sid) {
  const zeros = Math.max(0, SHA512_BLOCK - 1 - lv(secret).length - lv(DSI).length);
  const hash = await sha512(lv(DSI, secret, new Uint8Array(zeros), ci, sid));
  return elligator2(hash.subarray(0, 32));
}

/**
 * X25519 (RFC 7748), refusing the identity.
 * @param {Bytes} scalar @param {Bytes} point
 * @returns {Promise<Bytes>}
 * @throws {InvalidShare}
 */
export async function multiply(scalar, point) {
  const key = await crypto.subtle.importKey("pkcs8", concat(PKCS8_X25519, scalar), "X25519", false, ["deriveBits"]);
  let product = new Uint8Array(32);
  try {
    const theirs = await crypto.subtle.importKey("raw", point, "X25519", false, []);
    product = new Uint8Array(await crypto.subtle.deriveBits({ name: "X25519", public: theirs }, key, 256));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // engines refuse the identity themselves; checked again below
  }
  if (equal(product, new Uint8Array(32))) throw new InvalidShare("the other's share is no valid point");
  return product;
}

/** The map of RFC 9380, section 6.7.1, onto Curve25519. @param {Bytes} bytes 32 @returns {Bytes} */
function elligator2(bytes) {
  let r = 0n;
  for (const byte of bytes.toReversed()) r = (r << 8n) | BigInt(byte);
  r = (r & (2n ** 255n - 1n)) % P;
  const v = mod(-A * power(1n + 2n * r * r, P - 2n));
  const square = power(v * v * v + A * v * v + v, (P - 1n) / 2n);
  const u = mod(square * v - (1n - square) * A * power(2n, P - 2n));
  return Uint8Array.from({ length: 32 }, (_, at) => Number((u >> BigInt(8 * at)) & 0xffn));
}

/** @param {bigint} number */
const mod = (number) => ((number % P) + P) % P;

/** @param {bigint} base @param {bigint} exponent */
function power(base, exponent) {
  let result = 1n;
  for (base = mod(base); exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % P;
    base = (base * base) % P;
  }
  return result;
}

/** @param {Bytes} data @returns {Promise<Bytes>} */
const sha512 = async (data) => new Uint8Array(await crypto.subtle.digest("SHA-512", data));
