// Which picture stands in the spotlight, and when there is one.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Layout, screenOf } from "../../../web/static/js/core/layout.js";

const PEERS = ["ana", "ben", "carl"];

/** @param {"grid" | "spotlight"} chosen @param {{peers?: string[], screens?: string[], active?: string}} room */
function layout(chosen, { peers = PEERS, screens = [], active = "" } = {}) {
  const made = new Layout(chosen);
  made.follow(peers, screens, active);
  return made;
}

test("a grid stays one whoever speaks", () => {
  const { plan } = layout("grid", { active: "ben" });
  assert.deepEqual(plan, { shape: "grid", large: "", pinned: "", choice: true });
});

test("the spotlight follows who speaks, and shows somebody before anybody does", () => {
  const made = layout("spotlight");
  assert.equal(made.plan.large, "ana");
  made.follow(PEERS, [], "carl");
  assert.equal(made.plan.large, "carl");
  made.follow(["ana", "ben"], [], "carl");
  assert.equal(made.plan.large, "ana");
});

test("with one other there is nothing to arrange", () => {
  assert.deepEqual(layout("spotlight", { peers: ["ana"] }).plan, { shape: "grid", large: "", pinned: "", choice: false });
});

test("a pin goes to the spotlight, and unpinned it is what it was", () => {
  for (const chosen of /** @type {const} */ (["grid", "spotlight"])) {
    const made = layout(chosen, { active: "ben" });
    const before = made.plan;
    made.pin("carl");
    assert.deepEqual(made.plan, { shape: "spotlight", large: "carl", pinned: "carl", choice: true });
    made.pin("ana");
    assert.equal(made.plan.large, "ana");
    made.pin("ana");
    assert.deepEqual(made.plan, before);
    assert.equal(made.chosen, chosen);
  }
});

test("a pin goes with who was pinned", () => {
  const made = layout("grid");
  made.pin("carl");
  made.follow(["ana", "ben"], [], "");
  assert.deepEqual([made.plan.shape, made.plan.pinned], ["grid", ""]);
  made.follow(PEERS, [], "");
  assert.equal(made.plan.pinned, "");
});

test("a shared screen takes the stage, the newest of several, and a pin goes before it", () => {
  const made = layout("grid", { screens: ["ben"], active: "carl" });
  assert.deepEqual([made.plan.shape, made.plan.large], ["spotlight", screenOf("ben")]);
  made.follow(PEERS, ["ana", "ben"], "carl");
  assert.equal(made.plan.large, screenOf("ana"));
  made.pin("carl");
  assert.equal(made.plan.large, "carl");
  made.pin("carl");
  made.follow(PEERS, ["ben"], "carl");
  assert.equal(made.plan.large, screenOf("ben"));
  made.follow(PEERS, [], "carl");
  assert.equal(made.plan.shape, "grid");
});

test("the grid may be chosen over a screen, for as long as it is shared", () => {
  const made = layout("grid", { screens: ["ben"] });
  made.turn();
  assert.equal(made.plan.shape, "grid");
  made.turn();
  assert.equal(made.plan.large, screenOf("ben"));
  made.follow(PEERS, [], "");
  assert.equal(made.plan.shape, "grid");
  made.turn();
  made.turn();
  made.follow(PEERS, ["ben"], "");
  made.turn();
  made.follow(PEERS, [], "");
  made.follow(PEERS, ["ben"], "");
  assert.equal(made.plan.shape, "spotlight");
  assert.equal(made.chosen, "grid");
});

test("turning takes a pin off", () => {
  const made = layout("grid");
  made.pin("carl");
  made.turn();
  assert.deepEqual([made.plan.shape, made.plan.pinned, made.chosen], ["grid", "", "grid"]);
  made.turn();
  assert.deepEqual([made.plan.shape, made.plan.large, made.chosen], ["spotlight", "ana", "spotlight"]);
});
