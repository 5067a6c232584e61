// Which codec a picture is sent in: the best that both ends have, as long as this machine makes it without effort.
//
// Pure. Sources: W3C webrtc, RTCRtpEncodingParameters.codec; W3C media-capabilities, powerEfficient.

/**
 * @typedef {object} Machine
 * @property {number} cores
 * @property {boolean} mobile  runs on a battery and grows warm
 * @property {ReadonlySet<string>} efficient  MIME types, lower case, that it makes in hardware
 */

/** Best first, with the cores that one picture of 1280 × 720 takes in software. @type {readonly [string, number][]} */
const RANKS = [["video/av1", 1], ["video/vp9", 0.5]];
/** The share of the cores that pictures may take. */
const SHARE = 1 / 4;
/** How often it can be too much for the processor until nothing is asked for any more. */
export const MOST_STEPS = RANKS.length;

/**
 * @param {readonly string[]} offered MIME types that both ends have
 * @param {Machine} machine @param {number} others  each of them is sent a picture of its own
 * @param {number} steps how often it was too much for the processor
 * @returns {string | null} a MIME type in lower case; null for what the browser takes by itself
 */
export function encoderFor(offered, machine, others, steps) {
  const there = new Set(offered.map((each) => each.toLowerCase()));
  const found = RANKS.slice(steps).find(([type, cost]) => {
    if (!there.has(type)) return false;
    return machine.efficient.has(type) || (!machine.mobile && cost * others < machine.cores * SHARE);
  });
  return found?.[0] ?? null;
}
