// Notices stand until dismissed, each once; and each key is a sentence of every catalogue.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { Notices } from "../../../web/static/js/io/notices.js";

test("says the same thing once, newest last, and forgets the oldest", () => {
  let changes = 0;
  const notices = new Notices(() => (changes += 1));
  for (const name of ["a", "b", "a"]) notices.say("info", "joined", { name });
  assert.deepEqual(notices.list.map((each) => each.values.name), ["b", "a"]);
  for (let count = 0; count < 20; count += 1) notices.say("info", "left", { name: `${count}` });
  assert.equal(notices.list.length, 8);
  assert.equal(changes, 23);
});

test("is dismissed by its id, or taken back by its key", () => {
  const notices = new Notices(() => {});
  notices.say("warning", "server-lost");
  notices.say("info", "server-back");
  notices.clear("server-lost");
  assert.deepEqual(notices.list.map((each) => each.key), ["server-back"]);
  notices.dismiss(notices.list[0].id);
  assert.deepEqual(notices.list, []);
});

const source = readFileSync(new URL("../../../web/static/js/io/notices.js", import.meta.url), "utf8");
const locales = new URL("../../../web/locales/", import.meta.url);
const [, keyTable, endedText, transferText] = /key \(under `notice\.`\)([\s\S]*?)Keys of `snapshot\.ended`([\s\S]*?)Keys of `transfer\.reason`([\s\S]*?)\n\n/.exec(source) ?? [];
const keys = [
  ...[...keyTable.matchAll(/^\/\/ \| `([a-z-]+)`/gm)].map(([, key]) => `notice.${key}`),
  ...[...endedText.split("):")[1].matchAll(/`([a-z-]+)`/g)].flatMap(([, key]) => [`ended.${key}.title`, `ended.${key}.text`]),
  ...[...transferText.split("):")[1].matchAll(/`([a-z_-]+)`/g)].map(([, key]) => `transfer.${key}`),
];

for (const name of readdirSync(locales)) {
  test(`${name} has a sentence for every key that is emitted`, () => {
    const catalogue = JSON.parse(readFileSync(new URL(name, locales), "utf8"));
    assert.ok(keys.length > 30);
    assert.deepEqual(keys.filter((key) => !catalogue[key]), []);
  });
}
