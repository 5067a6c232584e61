// What is picked to send becomes a manifest that the receiver's own check takes.

import assert from "node:assert/strict";
import { test } from "node:test";

import { checkEntries } from "../../../web/static/js/core/names.js";
import { FrameType } from "../../../web/static/js/gen/messages.js";
import { pack, unpack } from "../../../web/static/js/core/frames.js";
import { ManifestReader } from "../../../web/static/js/io/manifest.js";
import { pagesOf, sourceOf } from "../../../web/static/js/io/source.js";

const file = (path, text = "x") => ({ file: new File([text], path.split("/").at(-1), { lastModified: 7 }), path });
const pathsOf = (...paths) => sourceOf(paths.map((path) => file(path))).entries.map((entry) => entry.path);

test("keeps good names and says size and time", () => {
  const { entries, bytes, title } = sourceOf([file("ছবি/বাংলা ১.jpg", "abc")]);
  assert.deepEqual(entries, [{ path: "ছবি/বাংলা ১.jpg", kind: "file", size: 3, mtime: 7, mode: 0o644, target: "" }]);
  assert.equal(bytes, 3);
  assert.equal(title, "ছবি");
});

test("mends names that some disk would refuse, so that the whole manifest passes", () => {
  const bad = [
    "/etc/passwd", "../up", "a/./b", "C:\\x", "a:b", "nul", "com1.txt", "dot.", "space ", "tab\tname", "rtl\u202egpj.exe",
    "\ud800half", "e\u0301", ".twocans/journal", `${"ল".repeat(300)}.jpg`, "", "..", "x/../../y", "CON/inside",
  ];
  const { entries } = sourceOf(bad.map((path) => ({ file: new File(["x"], "x"), path })));
  assert.doesNotThrow(() => checkEntries(entries));
  assert.ok(entries[14].path.endsWith(".jpg"), "a long name keeps its ending");
  assert.equal(entries[12].path, "\u00e9");
});

test("tells two of one name apart, whatever their capitals", () => {
  assert.deepEqual(pathsOf("a.txt", "A.txt", "a.txt", "b/.env", "b/.ENV"), ["a.txt", "A (2).txt", "a (3).txt", "b/.env", "b/ (2).ENV"]);
});

test("is called after its one file, its one folder, or the first of several", () => {
  assert.equal(sourceOf([file("a.txt")]).title, "a.txt");
  assert.equal(sourceOf([file("trip/1.jpg"), file("trip/2.jpg")]).title, "trip");
  assert.equal(sourceOf([file("a.txt"), file("b.txt"), file("c.txt")]).title, "a.txt +2");
});

const offerOf = ({ title, entries, bytes }) => ({
  type: "offer_files", transfer: "AAECAwQFBgc", title, files: entries.length, bytes, open_ended: false,
});

/** Every page as the receiver sees it. */
const framesOf = (entries, most) => pagesOf(entries, most).map(({ first, payload }, page, { length }) =>
  unpack(pack(FrameType.MANIFEST, first, page, page === length - 1 ? 1 : 0, payload)));

test("cuts a manifest into pages that fit, and the reader puts it together again", () => {
  const source = sourceOf(Array.from({ length: 1200 }, (_, index) => file(`dir/${index} ${"ল".repeat(40)}.txt`)));
  const frames = framesOf(source.entries, 16 * 1024);
  assert.ok(frames.length > 3);
  for (const { payload } of frames) assert.ok(payload.length <= 16 * 1024);
  const reader = new ManifestReader(offerOf(source));
  const read = frames.map((frame) => reader.take(frame));
  assert.deepEqual(read.at(-1), source.entries);
  assert.ok(read.slice(0, -1).every((page) => page === null));
});

test("the reader refuses pages out of order and what was not offered", () => {
  const source = sourceOf([file("a"), file("b")]);
  const [frame] = framesOf(source.entries, 65536);
  const refuses = (changes, page = frame) => assert.throws(() => new ManifestReader({ ...offerOf(source), ...changes }).take(page));
  refuses({ files: 1 });
  refuses({ files: 3 });
  refuses({ bytes: 1 });
  refuses({ open_ended: true });
  refuses({}, { ...frame, leaf: 1 });
  refuses({}, { ...frame, file: 1 });
  refuses({}, framesOf([{ ...source.entries[0], path: "../a" }, source.entries[1]], 65536)[0]);
  assert.ok(new ManifestReader(offerOf(source)).take(frame));
});
