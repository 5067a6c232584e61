// Whether this browser, at this address, can do what a call needs; and if not, why in one word.

/** @returns {Promise<"" | "insecure" | "unsupported">} */
export async function findObstacle() {
  if (!globalThis.isSecureContext) return "insecure";
  if (!globalThis.RTCPeerConnection || !globalThis.crypto?.subtle) return "unsupported";
  try {
    await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);
    return "";
  } catch {
    return "unsupported";
  }
}
