// What each end says first on the control channel: that the DTLS certificates are those that both pairing ends see. And
// what somebody says at the door to whom it was linked with before. Twins of `proof_mac` and `again_mac` in peer/pairing.py.

import { concat, toBase64url, utf8 } from "./bytes.js";
import { LABEL } from "./pairing.js";

/**
 * HMAC-SHA256("twocans/1 proof" ‖ role ‖ newcomer's fingerprint ‖ member's fingerprint).
 * @param {import("./bytes.js").Bytes} key `PairKeys.proof`
 * @param {import("./pairing.js").Role} role of the end that speaks
 * @param {string} fpNewcomer SHA-256 fingerprint as RFC 8122 writes it, "AA:BB:…" @param {string} fpMember
 * @returns {Promise<string>} base64url
 */
export function proofMac(key, role, fpNewcomer, fpMember) {
  return mac(key, utf8(`${LABEL} proof${role}${fpNewcomer}${fpMember}`));
}

/**
 * HMAC-SHA256("twocans/1 again" ‖ the proof key of the pairing in which it is said).
 * @param {import("./bytes.js").Bytes} before `PairKeys.proof` of the last pairing of the two @param {import("./bytes.js").Bytes} now
 * @returns {Promise<string>} base64url
 */
export function againMac(before, now) {
  return mac(before, concat(utf8(`${LABEL} again`), now));
}

/** @param {import("./bytes.js").Bytes} key @param {import("./bytes.js").Bytes} said */
async function mac(key, said) {
  const hmac = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return toBase64url(new Uint8Array(await crypto.subtle.sign("HMAC", hmac, said)));
}
