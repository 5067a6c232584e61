// What each end says first on the control channel: that the DTLS certificates are those that both pairing ends see.
// Twin of `proof_mac` in peer/pairing.py.

import { toBase64url, utf8 } from "./bytes.js";
import { LABEL } from "./pairing.js";

/**
 * HMAC-SHA256("twocans/1 proof" ‖ role ‖ newcomer's fingerprint ‖ member's fingerprint).
 * @param {import("./bytes.js").Bytes} key `PairKeys.proof`
 * @param {import("./pairing.js").Role} role of the end that speaks
 * @param {string} fpNewcomer SHA-256 fingerprint as RFC 8122 writes it, "AA:BB:…" @param {string} fpMember
 * @returns {Promise<string>} base64url
 */
export async function proofMac(key, role, fpNewcomer, fpMember) {
  const hmac = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const said = utf8(`${LABEL} proof${role}${fpNewcomer}${fpMember}`);
  return toBase64url(new Uint8Array(await crypto.subtle.sign("HMAC", hmac, said)));
}
