// Plays the scenario vectors of tests/support/scenarios.py against the page's machines; the form is told there.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { Malformed } from "../../../web/static/js/core/codec.js";

/** The scenarios of a vector file, entries filled with what JSON may leave out. */
export function scenarios(name) {
  const all = JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8"));
  return all.map((each) => ({ ...each, entries: each.entries.map((entry) => ({ kind: "file", size: 0, ...entry })) }));
}

/** Feeds every event and compares what comes back. */
export function play(machine, { steps }) {
  steps.forEach(([event, expected], number) => {
    assert.deepEqual(answer(machine, event), expected, `step ${number}: ${JSON.stringify(event)}`);
  });
}

function answer(machine, event) {
  try {
    return machine.step(read(event)).map(written);
  } catch (error) {
    if (error instanceof Malformed) return "malformed";
    throw error;
  }
}

const read = (event) => mapValues(event, (name, value) => {
  if (name === "files") return value.map((each) => (typeof each === "number" ? each : read(each)));
  return name === "sha256" || name === "root" ? new Uint8Array(32).fill(parseInt(value, 16)) : value;
});

const written = (effect) => mapValues(effect, (name, value) => {
  if (name === "leaves") return Array.from({ length: value.length / 32 }, (_, at) => hash(value.slice(at * 32, at * 32 + 32)));
  if (name === "files") return value.map((each) => (typeof each === "number" ? each : written(each)));
  return value instanceof Uint8Array ? hash(value) : value;
});

function hash(bytes) {
  assert.ok(bytes.length === 32 && bytes.every((byte) => byte === bytes[0]));
  return bytes[0].toString(16).padStart(2, "0");
}

const mapValues = (object, change) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(name, value)]));
