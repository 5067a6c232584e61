// What is asked of a microphone, and what is believed of the answer.

import assert from "node:assert/strict";
import { test } from "node:test";

import { departures, treat, treatment } from "../../../web/static/js/io/treatment.js";

const SPEECH = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const MUSIC = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** A microphone that does as it is told, nothing of it, or throws. @param {"obeys" | "pretends" | "throws"} kind */
function microphone(kind, settings = SPEECH) {
  const track = {
    contentHint: "",
    asked: /** @type {any} */ (null),
    getConstraints: () => ({ deviceId: { exact: "one" } }),
    getSettings: () => settings,
    async applyConstraints(/** @type {any} */ wishes) {
      if (kind === "throws") throw new Error("overconstrained");
      track.asked = wishes;
      const { echoCancellation, noiseSuppression, autoGainControl } = wishes;
      if (kind === "obeys") settings = { echoCancellation, noiseSuppression, autoGainControl };
    },
  };
  return /** @type {any} */ (track);
}

test("speech is treated in three ways, music in none and in stereo", () => {
  assert.deepEqual(treatment("speech"), { ...SPEECH, channelCount: { ideal: 1 } });
  assert.deepEqual(treatment("music"), { ...MUSIC, channelCount: { ideal: 2 } });
});

test("a track that obeys need not be opened anew, and stays on its device", async () => {
  const track = microphone("obeys");
  assert.equal(await treat(track, "music"), true);
  assert.deepEqual(track.asked.deviceId, { exact: "one" });
  assert.equal(track.contentHint, "music");
});

test("one that pretends, or refuses, has to be", async () => {
  assert.equal(await treat(microphone("pretends"), "music"), false);
  assert.equal(await treat(microphone("throws"), "music"), false);
  assert.equal(await treat(microphone("pretends"), "speech"), true);
});

test("the browser is believed in what it says of itself, and not blamed for what it does not say", () => {
  const says = (/** @type {any} */ settings) => microphone("pretends", settings);
  assert.deepEqual(departures(says(SPEECH), "music"), ["echo", "noise", "gain"]);
  assert.deepEqual(departures(says({ ...SPEECH, noiseSuppression: false }), "speech"), ["noise"]);
  assert.deepEqual(departures(says({ ...MUSIC, echoCancellation: "all" }), "music"), ["echo"]);
  assert.deepEqual(departures(says({ echoCancellation: false }), "music"), []);
  assert.deepEqual(departures(says({}), "speech"), []);
});
