// How much of one's picture each of the others is sent: less with every person, for it leaves here once for each of them, and
// no more than they look at. The table stands in docs/calls.md.
//
// Pure. The figures are limits; within them the browser adapts to the line (W3C webrtc, RTCRtpEncodingParameters).

/** @typedef {"full" | "small" | "none"} Wish  what the other end looks at */
/**
 * @typedef {object} Shape
 * @property {boolean} active
 * @property {number} scale  by how much each side of the picture is divided
 * @property {number} rate  frames a second
 * @property {number} bitrate  bits a second
 */

/** What a browser does untold, or as good as that. @type {Shape} */
export const WHOLE = Object.freeze({ active: true, scale: 1, rate: 30, bitrate: 2_500_000 });
/** By the number of others, the last row also for more. @type {readonly Shape[]} */
const CAMERA = [
  WHOLE,
  WHOLE,
  { active: true, scale: 4 / 3, rate: 30, bitrate: 900_000 },
  { active: true, scale: 2, rate: 25, bitrate: 600_000 },
  { active: true, scale: 2, rate: 20, bitrate: 400_000 },
  { active: true, scale: 2, rate: 20, bitrate: 300_000 },
  { active: true, scale: 4, rate: 15, bitrate: 200_000 },
];
/** @type {Shape} */
const SMALL = { active: true, scale: 4, rate: 15, bitrate: 150_000 };
/** @type {Shape} */
const NOTHING = { active: false, scale: 4, rate: 1, bitrate: 30_000 };
/** With low data, whoever looks on. @type {Shape} */
const LEAST = { active: true, scale: 4, rate: 10, bitrate: 120_000 };
/** A screen is for reading: it stays sharp, and is seldom new. @type {Shape} */
const SCREEN_OF_MANY = { active: true, scale: 1, rate: 8, bitrate: 1_200_000 };
const MANY = 3;
/** A browser takes 32,000 for a voice untold; that is Opus for a phone call and not for a violin. */
const MUSIC = 128_000;
const MUSIC_OF_MANY = 64_000;
const MUSIC_OF_LITTLE = 48_000;
const VOICE_OF_LITTLE = 24_000;

/** @param {number} others @param {Wish} wish @param {boolean} lowData @returns {Readonly<Shape>} */
export function cameraShape(others, wish, lowData) {
  if (wish === "none") return NOTHING;
  const shape = CAMERA[Math.min(others, CAMERA.length - 1)];
  if (lowData) return lesser(LEAST, shape);
  return wish === "small" ? lesser(SMALL, shape) : shape;
}

/** @param {number} others @param {boolean} seen @returns {Readonly<Shape>} */
export function screenShape(others, seen) {
  if (!seen) return NOTHING;
  return others > MANY ? SCREEN_OF_MANY : WHOLE;
}

/**
 * Bits a second for the sound of a microphone or a screen; null for what the browser takes. With little data, or on a line
 * that is too narrow for pictures, it is less.
 * @param {number} others @param {"speech" | "music"} sound @param {boolean} little @returns {number | null}
 */
export function soundRate(others, sound, little) {
  if (sound === "speech") return little ? VOICE_OF_LITTLE : null;
  if (little) return MUSIC_OF_LITTLE;
  return others > MANY ? MUSIC_OF_MANY : MUSIC;
}

/** @param {Shape} one @param {Shape} other @returns {Shape} */
const lesser = (one, other) => ({
  active: one.active && other.active, scale: Math.max(one.scale, other.scale),
  rate: Math.min(one.rate, other.rate), bitrate: Math.min(one.bitrate, other.bitrate),
});
