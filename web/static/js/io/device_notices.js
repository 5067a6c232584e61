// What a person is told of their own camera, microphone and screen in a call.

/**
 * @import { Listener } from "./local.js"
 * @import { Notices } from "./notices.js"
 */

/** @param {Notices} notices @returns {Omit<Listener, "put" | "changed">} */
export function noticesOfDevices(notices) {
  return {
    unavailable: (device, state) => {
      const changedMind = device === "screen" && state === "denied";
      notices.say(changedMind ? "info" : "warning", `${device}-${state}`);
    },
    opened: (device) => {
      for (const state of ["denied", "missing", "busy"]) notices.clear(`${device}-${state}`);
    },
    switched: (device, label) => notices.say("info", `${device}-switched`, { label }),
    unheard: () => notices.say("info", "mic-unheard"),
    silent: () => notices.say("warning", "mic-silent"),
  };
}
