// What the browser does to the sound of a microphone before it is sent: everything for speech, nothing for music.

/** @typedef {"speech" | "music"} Sound */
/** @typedef {"echo" | "noise" | "gain"} Step */

/** @type {Readonly<Record<Step, "echoCancellation" | "noiseSuppression" | "autoGainControl">>} */
const STEPS = Object.freeze({ echo: "echoCancellation", noise: "noiseSuppression", gain: "autoGainControl" });

/** What to ask for. @param {Sound} sound @returns {MediaTrackConstraints} */
export function treatment(sound) {
  const on = sound === "speech";
  return { echoCancellation: on, noiseSuppression: on, autoGainControl: on, channelCount: { ideal: on ? 1 : 2 } };
}

/**
 * Brings a track that runs to it. Firefox does so; Chromium says that it did, and did not.
 * @param {MediaStreamTrack} track @param {Sound} sound
 * @returns {Promise<boolean>} whether the track is so now; otherwise another one has to be opened
 */
export async function treat(track, sound) {
  const { deviceId } = track.getConstraints(); // they take the place of all others
  await track.applyConstraints({ ...(deviceId && { deviceId }), ...treatment(sound) }).catch(() => {});
  if (departures(track, sound).length) return false;
  track.contentHint = sound;
  return true;
}

/**
 * What the browser does though it should not, or the other way about, as it says itself. It need not say everything.
 * @param {MediaStreamTrack} track @param {Sound} sound @returns {Step[]}
 */
export function departures(track, sound) {
  /** @type {Record<string, unknown>} */
  const settings = { ...track.getSettings() };
  const wished = sound === "speech";
  return /** @type {Step[]} */ (Object.keys(STEPS)).filter((step) => {
    const done = settings[STEPS[step]]; // newer browsers name the kind of echo cancellation
    return done !== undefined && (done !== false) !== wished;
  });
}
