// Camera, microphone and screen: asking for them, and saying in one word what became of it.

import { treatment } from "./treatment.js";

/**
 * @import { DeviceState } from "../core/snapshot.js"
 * @import { Sound } from "./treatment.js"
 */

/** @typedef {boolean | string} Wish  whether to ask, or the id of the device to ask for */
/** @typedef {{stream: MediaStream | null, mic: DeviceState, camera: DeviceState}} Media */

/** How often a level is told, and how far back it looks then: further, so that no syllable falls between two looks. */
const LOOK_MS = 100;
const HEARD_S = 0.15;
/** What a level is of a root mean square: speech takes the better half of a meter. */
export const LEVEL_SCALE = 4;
/** Samples, 21 ms of them at 48 kHz. */
const MOMENT = 1024;
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };

/**
 * Asks for both devices at once and, when that fails, for each on its own. Never throws: what is denied, missing or
 * in use by another program comes back as a state.
 * @param {{mic: Wish, camera: Wish, sound?: Sound}} wishes  sound: what the microphone is for
 * @returns {Promise<Media>}
 */
export async function openMedia({ mic, camera, sound: use = "speech" }) {
  const audio = mic === false ? false : { deviceId: exact(mic), ...treatment(use) };
  const video = camera === false ? false : { ...PICTURE, deviceId: exact(camera) };
  if (!audio && !video) return { stream: null, mic: "none", camera: "none" };
  const both = await ask({ audio, video }, use);
  if (both instanceof MediaStream || !audio || !video) {
    const state = both instanceof MediaStream ? "on" : both;
    return {
      stream: both instanceof MediaStream ? both : null,
      mic: audio ? state : "none",
      camera: video ? state : "none",
    };
  }
  const [sound, picture] = [await ask({ audio }, use), await ask({ video }, use)];
  const tracks = [sound, picture].flatMap((each) => (each instanceof MediaStream ? each.getTracks() : []));
  return {
    stream: tracks.length ? new MediaStream(tracks) : null,
    mic: sound instanceof MediaStream ? "on" : sound,
    camera: picture instanceof MediaStream ? "on" : picture,
  };
}

/** Asks for a screen, with its sound where the browser has it. @returns {Promise<MediaStream | DeviceState>} */
export async function openScreen() {
  try {
    return await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 30 } }, audio: true });
  } catch (error) {
    return stateOf(error);
  }
}

/** The devices one may choose from; labels are empty until one was granted. */
export async function listDevices() {
  const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  return {
    mics: all.filter((device) => device.kind === "audioinput"),
    cameras: all.filter((device) => device.kind === "videoinput"),
    speakers: all.filter((device) => device.kind === "audiooutput"),
  };
}

/**
 * Reports the loudness of a stream's microphone, 0 to 1, about ten times a second: the loudest moment since the last report.
 * @param {MediaStream} stream @param {(level: number) => void} report
 * @returns {() => void} stops it
 */
export function watchLevel(stream, report) {
  if (!stream.getAudioTracks().length) return () => {};
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 2 ** Math.ceil(Math.log2(context.sampleRate * HEARD_S)) });
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    if (context.state !== "running") return; // before a person has touched the page it hears nothing
    analyser.getFloatTimeDomainData(samples);
    report(Math.min(1, loudest(samples) * LEVEL_SCALE));
  }, LOOK_MS);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}

/** The highest root mean square of any moment. @param {Float32Array} samples a whole number of moments */
function loudest(samples) {
  let most = 0;
  for (let start = 0; start < samples.length; start += MOMENT) {
    let power = 0;
    for (let each = start; each < start + MOMENT; each += 1) power += samples[each] * samples[each];
    most = Math.max(most, power / MOMENT);
  }
  return Math.sqrt(most);
}

/** @param {Wish} wish */
const exact = (wish) => (typeof wish === "string" ? { exact: wish } : undefined);

/** @param {MediaStreamConstraints} constraints @param {Sound} use @returns {Promise<MediaStream | DeviceState>} */
async function ask(constraints, use) {
  if (!navigator.mediaDevices) return "missing";
  try {
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    for (const track of stream.getAudioTracks()) track.contentHint = use;
    return stream;
  } catch (error) {
    return stateOf(error);
  }
}

/**
 * W3C Media Capture, section 10.2: what each error name means to a person.
 * @param {unknown} error @returns {DeviceState}
 */
function stateOf(error) {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "missing";
  }
}
