// What a recording is written as: the first container that this browser makes, best known first. Pure.
//
// Source: W3C mediastream-recording, MediaRecorder.isTypeSupported; RFC 6381 for the codecs.

/** Picture, sound. H.264 of level 3.1 is enough for 1280 × 720 at 25 frames a second. @type {readonly [container: string, picture: string, sound: string][]} */
const CONTAINERS = [["video/mp4", "avc1.42E01F", "mp4a.40.2"], ["video/webm", "vp8", "opus"]];

/** @param {(type: string) => boolean} makes @param {boolean} sound whether there is any @returns {string} "" for what the browser takes by itself */
export function containerFor(makes, sound) {
  const types = CONTAINERS.map(([container, picture, voice]) => `${container};codecs=${picture}${sound ? `,${voice}` : ""}`);
  return types.find(makes) ?? "";
}

/** How a file of it ends. @param {string} type as the browser says it */
export function endingOf(type) {
  if (type.startsWith("video/mp4")) return "mp4";
  return type.startsWith("video/x-matroska") ? "mkv" : "webm";
}

/** What such a file is called. @param {Date} began @param {string} ending */
export function fileName(began, ending) {
  const [year, month, day, hour, minute] = [began.getFullYear(), began.getMonth() + 1, began.getDate(), began.getHours(), began.getMinutes()].map(
    (number) => String(number).padStart(2, "0"),
  );
  return `Twocans ${year}-${month}-${day} ${hour}.${minute}.${ending}`;
}
