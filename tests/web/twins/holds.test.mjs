// Each end holds for itself; the other one is told, and told again on a new link.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Holds } from "../../../web/static/js/io/holds.js";

function made() {
  const said = [];
  return { said, holds: new Holds("AAECAwQFBgc", ({ type }) => said.push(type)) };
}

test("moves while neither end holds", () => {
  const { holds } = made();
  assert.equal(holds.by, "");
  holds.set(true);
  assert.equal(holds.by, "us");
  assert.ok(holds.hear({ type: "pause_files", transfer: "AAECAwQFBgc" }));
  assert.equal(holds.by, "both");
  holds.set(false);
  assert.equal(holds.by, "them");
  assert.ok(holds.hear({ type: "resume_files", transfer: "AAECAwQFBgc" }));
  assert.equal(holds.by, "");
  assert.ok(!holds.hear({ type: "finished_files", transfer: "AAECAwQFBgc" }));
});

test("says each change once, and the latest again on a new link", () => {
  const { said, holds } = made();
  holds.again();
  holds.set(false);
  assert.deepEqual(said, []);
  holds.set(true);
  holds.set(true);
  holds.again();
  holds.set(false);
  holds.again();
  assert.deepEqual(said, ["pause_files", "pause_files", "resume_files", "resume_files"]);
});
