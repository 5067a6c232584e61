// What the visitor chose last, kept in this browser: name, devices, sound, colours. Nothing about rooms.

/**
 * @typedef {object} Choices
 * @property {string} name
 * @property {boolean} mic
 * @property {boolean} camera
 * @property {string} micId  "" takes the system's first
 * @property {string} cameraId
 * @property {string} speakerId
 * @property {import("../io/treatment.js").Sound} sound  what the microphone is for
 * @property {boolean} shortcuts  whether single keys do something in a call
 * @property {import("../core/layout.js").Shape} layout  of a call
 * @property {boolean} captions  of what the others say
 */

const KEY = "twocans.choices";
/** @type {Choices} */
const FIRST = { name: "", mic: true, camera: true, micId: "", cameraId: "", speakerId: "", sound: "speech", shortcuts: true, layout: "grid", captions: false };

/** @returns {Choices} */
export function loadChoices() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    /** @type {any} */
    const choices = { ...FIRST };
    for (const [key, first] of Object.entries(FIRST)) {
      if (typeof kept?.[key] === typeof first) choices[key] = kept[key];
    }
    if (choices.sound !== "music") choices.sound = "speech";
    return choices;
  } catch {
    return { ...FIRST };
  }
}

/** @param {Partial<Choices>} changed */
export function saveChoices(changed) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...loadChoices(), ...changed }));
  } catch {
    // Storage is blocked or full: the choices hold for this page alone.
  }
}
