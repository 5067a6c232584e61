// What a connection's statistics say, in the few figures that a person or the page can do something with.
//
// Source: W3C webrtc-stats. Firefox leaves some of them out; what is not told counts as nothing wrong.

/** @import { Look } from "../core/quality.js" */
/**
 * @typedef {object} Reading  totals since the connection began, unless said otherwise
 * @property {number} at  milliseconds, of the page's clock
 * @property {"direct" | "relay" | null} kind  null before there is a way
 * @property {number | null} roundTrip  seconds of late, null while nobody knows
 * @property {number | null} allowed  bits a second that the browser lets our picture have; null where it does not say
 * @property {number} bytesIn  by any way: the other end may send by another than the one chosen here
 * @property {number} bytesOut  by any way
 * @property {number} checks  connectivity checks, and answers to ours, that came by any way (RFC 8445); 0 where the browser does not say
 * @property {number} came  packets of voice and picture
 * @property {number} lost  those that should have come
 * @property {number} lostThere  the worst share of ours that did not arrive of late, 0 to 1
 * @property {number} froze
 * @property {Look["limited"]} limited
 * @property {Picture | null} seen  the largest picture that comes
 * @property {Picture | null} shown  the largest that goes
 */
/** @typedef {{width: number, height: number, rate: number, codec: string}} Picture  rate: frames a second */

/** @param {Map<string, any>} stats @returns {Reading} */
export function readingOf(stats) {
  const all = [...stats.values()];
  const chosen = all.find((each) => each.type === "transport" && each.selectedCandidatePairId)?.selectedCandidatePairId;
  const pairs = all.filter((each) => each.type === "candidate-pair");
  const pair = stats.get(chosen) ?? pairs.find((each) => each.selected);
  const ends = [stats.get(pair?.localCandidateId), stats.get(pair?.remoteCandidateId)];
  const inbound = all.filter((each) => each.type === "inbound-rtp");
  const outbound = all.filter((each) => each.type === "outbound-rtp");
  const told = all.filter((each) => each.type === "remote-inbound-rtp");
  return {
    at: performance.now(),
    kind: pair ? (ends.some((end) => end?.candidateType === "relay") ? "relay" : "direct") : null,
    roundTrip: pair?.currentRoundTripTime ?? null,
    allowed: smallest(outbound.filter((each) => each.kind === "video" && each.active !== false), "targetBitrate"),
    bytesIn: sum(pairs, "bytesReceived"),
    bytesOut: sum(pairs, "bytesSent"),
    checks: sum(pairs, "requestsReceived") + sum(pairs, "responsesReceived"),
    came: sum(inbound, "packetsReceived"),
    lost: sum(inbound, "packetsLost"),
    lostThere: Math.max(0, ...told.map((each) => each.fractionLost ?? 0)),
    froze: sum(inbound, "freezeCount"),
    limited: outbound.find((each) => each.kind === "video" && each.active !== false && each.frameWidth)?.qualityLimitationReason ?? "none",
    seen: largest(inbound, stats),
    shown: largest(outbound, stats),
  };
}

/** What happened between two readings. @param {Reading} before @param {Reading} now @returns {Look} */
export function lookOf(before, now) {
  const grown = (/** @type {"came" | "lost" | "froze"} */ what) => Math.max(0, now[what] - before[what]);
  return {
    came: grown("came"), lost: grown("lost"), froze: grown("froze"), lostThere: now.lostThere,
    roundTrip: now.roundTrip ?? 0, limited: now.limited, relayed: now.kind === "relay",
  };
}

/** @param {any[]} streams @param {string} what */
const sum = (streams, what) => streams.reduce((all, each) => all + (each[what] ?? 0), 0);

/** @param {any[]} streams @param {string} what */
function smallest(streams, what) {
  const told = streams.map((each) => each[what]).filter((each) => each !== undefined);
  return told.length ? Math.min(...told) : null;
}

/** @param {any[]} streams @param {Map<string, any>} stats @returns {Picture | null} */
function largest(streams, stats) {
  const pictures = streams.filter((each) => each.kind === "video" && each.frameWidth && each.framesPerSecond);
  const [best] = pictures.toSorted((one, other) => other.frameWidth - one.frameWidth);
  if (!best) return null;
  const codec = String(stats.get(best.codecId)?.mimeType ?? "").replace("video/", "");
  return { width: best.frameWidth, height: best.frameHeight, rate: best.framesPerSecond, codec };
}
