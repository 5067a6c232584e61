// What is picked to send becomes a manifest that the receiver's own check takes.

import assert from "node:assert/strict";
import { test } from "node:test";

import { checkEntries } from "../../../web/static/js/core/names.js";
import { FrameType } from "../../../web/static/js/gen/messages.js";
import { pack, unpack } from "../../../web/static/js/core/frames.js";
import { ManifestReader } from "../../../web/static/js/io/manifest.js";
import { pagesOf, sourceOf } from "../../../web/static/js/io/source.js";

const file = (path, text = "x") => ({ file: new File([text], path.split("/").at(-1), { lastModified: 7 }), path });
const folder = (path, mtime = 0) => ({ file: null, path, mtime });
const pathsOf = async (...paths) => (await sourceOf(paths.map((path) => file(path)))).entries.map((entry) => entry.path);

test("keeps good names and says size and time", async () => {
  const { entries, bytes, title } = await sourceOf([file("ছবি/বাংলা ১.jpg", "abc")]);
  assert.deepEqual(entries, [{ path: "ছবি/বাংলা ১.jpg", kind: "file", size: 3, mtime: 7, mode: 0o644, target: "", text: false }]);
  assert.equal(bytes, 3);
  assert.equal(title, "ছবি");
});

test("mends names that some disk would refuse, so that the whole manifest passes", async () => {
  const bad = [
    "/etc/passwd", "../up", "a/./b", "C:\\x", "a:b", "nul", "com1.txt", "dot.", "space ", "tab\tname", "rtl\u202egpj.exe",
    "\ud800half", "e\u0301", ".twocans/journal", `${"ল".repeat(300)}.jpg`, "", "..", "x/../../y", "CON/inside",
  ];
  const { entries } = await sourceOf(bad.map((path) => ({ file: new File(["x"], "x"), path })));
  assert.doesNotThrow(() => checkEntries(entries));
  assert.ok(entries[14].path.endsWith(".jpg"), "a long name keeps its ending");
  assert.equal(entries[12].path, "\u00e9");
});

test("tells two of one name apart, whatever their capitals", async () => {
  assert.deepEqual(await pathsOf("a.txt", "A.txt", "a.txt", "b/.env", "b/.ENV"), ["a.txt", "A (2).txt", "a (3).txt", "b/.env", "b/ (2).ENV"]);
});

test("is called after its one file, its one folder, or the first of several", async () => {
  assert.equal((await sourceOf([file("a.txt")])).title, "a.txt");
  assert.equal((await sourceOf([file("trip/1.jpg"), file("trip/2.jpg")])).title, "trip");
  assert.equal((await sourceOf([file("a.txt"), file("b.txt"), file("c.txt")])).title, "a.txt +2");
});

test("says folders with their time, empty ones too, and each once", async () => {
  const { entries, files, bytes } = await sourceOf([folder("trip", 5), folder("trip/bare", 6), file("trip/a"), folder("trip")]);
  assert.deepEqual(entries.map(({ path, kind, mtime }) => [path, kind, mtime]), [["trip", "dir", 5], ["trip/bare", "dir", 6], ["trip/a", "file", 7]]);
  assert.equal(files, 1);
  assert.equal(bytes, 1);
  assert.doesNotThrow(() => checkEntries(entries));
});

test("marks a text that is to be read", async () => {
  const [{ text }] = (await sourceOf([{ ...file("note.txt"), text: true }])).entries;
  assert.equal(text, true);
  assert.equal((await sourceOf([file("note.txt")])).entries[0].text, false);
});

test("spells a folder in one way, and calls no file like a folder", async () => {
  const { entries } = await sourceOf([file("Trip/a"), file("trip/A"), file("trip"), folder("TRIP/b"), file("trip/B/c"), file("x/y/z"), file("x/Y")]);
  assert.deepEqual(entries.map((entry) => entry.path), ["Trip/a", "Trip/A (2)", "trip (2)", "Trip/b", "Trip/b/c", "x/y/z", "x/Y (2)"]);
  assert.doesNotThrow(() => checkEntries(entries));
});

const offerOf = ({ title, entries, bytes }) => ({
  type: "offer_files", transfer: "AAECAwQFBgc", title, files: entries.length, bytes, open_ended: false,
});

/** Every page as the receiver sees it. */
const framesOf = (entries, most) => Array.from(pagesOf(entries, most), ({ first, last, payload }, page) =>
  unpack(pack(FrameType.MANIFEST, first, page, last ? 1 : 0, payload)));

test("cuts a manifest into pages that fit, and the reader puts it together again", async () => {
  const source = await sourceOf(Array.from({ length: 1200 }, (_, index) => file(`dir/${index} ${"ল".repeat(40)}.txt`)));
  const frames = framesOf(source.entries, 16 * 1024);
  assert.ok(frames.length > 3);
  for (const { payload } of frames) assert.ok(payload.length <= 16 * 1024);
  const reader = new ManifestReader(offerOf(source));
  const read = frames.map((frame) => reader.take(frame));
  assert.deepEqual(read.at(-1), source.entries);
  assert.ok(read.slice(0, -1).every((page) => page === null));
});

test("the reader refuses pages out of order and what was not offered", async () => {
  const source = await sourceOf([file("a"), file("b")]);
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
