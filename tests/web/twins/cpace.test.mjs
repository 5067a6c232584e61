import assert from "node:assert/strict";
import { test } from "node:test";

import { CPace, generator, InvalidShare, multiply } from "../../../web/static/js/core/cpace.js";
import { hex, readVectors, unhex } from "./vectors.mjs";

const DRAFT = readVectors("cpace");
const run = Object.fromEntries(Object.entries(DRAFT.run).map(([name, value]) => [name, unhex(value)]));

test("the draft's run", async () => {
  const common = { secret: run.PRS, sid: run.sid, ci: run.CI };
  assert.deepEqual(await generator(run.PRS, run.CI, run.sid), run.g);
  const a = await CPace.start({ ...common, initiator: true, ad: run.ADa, scalar: run.ya });
  const b = await CPace.start({ ...common, initiator: false, ad: run.ADb, scalar: run.yb });
  assert.deepEqual([a.share, b.share], [run.Ya, run.Yb]);
  assert.deepEqual(await multiply(run.ya, b.share), run.K);
  await a.derive(b.share, run.ADb);
  await b.derive(a.share, run.ADa);
  assert.deepEqual([a.isk, b.isk], [run.ISK_IR, run.ISK_IR]);
  assert.ok(await a.verify(await b.tag()));
  assert.ok(await b.verify(await a.tag()));
  assert.ok(!(await a.verify(await a.tag())));
});

test("the invalid points are refused", async () => {
  assert.equal(DRAFT.invalid_points.length, 7);
  for (const point of DRAFT.invalid_points) await assert.rejects(multiply(run.ya, unhex(point)), InvalidShare, point);
});

test("the points that only look invalid are taken", async () => {
  assert.equal(DRAFT.valid_points.length, 5);
  for (const { point, product } of DRAFT.valid_points) assert.equal(hex(await multiply(run.ya, unhex(point))), product);
});

test("a share and a tag sent back prove nothing", async () => {
  const side = { initiator: true, secret: run.PRS, sid: run.sid, ci: run.CI, ad: run.ADa, scalar: run.ya };
  const a = await CPace.start(side);
  await a.derive(a.share, run.ADa);
  assert.ok(!(await a.verify(await a.tag())));
});
