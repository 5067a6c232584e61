// An invite that expires, at the gates of several pages that are linked with each other; time passes when a test says so.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

let ticks = 0;
let date = 1_800_000_000_000;
performance.now = () => ticks;
Date.now = () => date;
mock.timers.enable({ apis: ["setTimeout"] });

const { Gate } = await import("../../../web/static/js/io/gate.js");
const { clock } = await import("../../../web/static/js/io/clock.js");

/** A page of this instance, linked with nobody. */
function page(instance, made = false) {
  const told = [];
  const gate = new Gate(instance, made, {
    changed: () => {},
    shut: (why) => told.push(why),
    turned: (locked) => told.push(locked ? "locked" : "unlocked"),
    dropped: () => {},
  });
  const roster = { peers: [], admitted: [], admit: (who) => roster.admitted.push(who), tell: () => {}, expel: () => null };
  gate.use(roster);
  return { instance, made, gate, roster, told };
}

/** A proven link, as each of the two sees it; `elder` was there before. */
function link(elder, younger) {
  const sight = (of, to, isYounger) => ({
    instance: of.instance,
    younger: isYounger,
    known: true,
    live: true,
    view: { kind: "browser" },
    can: (what) => what === "door" || (what === "host" && of.made),
    say: (message) => of.gate.heard(sightOf(of, to), { expires_in: null, ...message }),
  });
  const sightOf = (at, of) => at.roster.peers.find((each) => each.instance === of.instance);
  elder.roster.peers.push(sight(younger, elder, true));
  younger.roster.peers.push(sight(elder, younger, false));
  elder.gate.linked(sightOf(elder, younger));
  younger.gate.linked(sightOf(younger, elder));
}

/** The link is gone for good. */
function part(gone, ...others) {
  for (const { gate, roster } of others) {
    const peer = roster.peers.find((each) => each.instance === gone.instance);
    roster.peers = roster.peers.filter((each) => each !== peer);
    gate.gone(peer);
  }
  gone.gate.end();
}

/** Seconds go by, in which the pages do what is due. */
function pass(seconds) {
  for (let left = seconds * 1000; left > 0; left -= 500) {
    ticks += Math.min(500, left);
    date += Math.min(500, left);
    mock.timers.tick(Math.min(500, left));
  }
}

test("the time that the host sets runs at everyone, and the room is locked for all", () => {
  const [host, guest] = [page("host", true), page("guest")];
  link(host, guest);
  guest.gate.keepOpen(3600);
  assert.equal(host.gate.view.until, null, "nobody else decides");
  host.gate.keepOpen(600);
  for (const { gate } of [host, guest]) assert.ok(Math.abs(gate.view.until - Date.now() - 600_000) < 1000);
  pass(300);
  const late = page("late");
  link(host, late);
  link(guest, late);
  assert.ok(Math.abs(late.gate.view.until - Date.now() - 300_000) < 1000, "who comes later is told what remains");
  assert.equal(host.gate.door.came("x", clock.now), "in");
  pass(299);
  assert.deepEqual([host, guest, late].map(({ gate }) => gate.view.locked), [false, false, false]);
  pass(1);
  for (const { gate, told } of [host, guest, late]) {
    assert.deepEqual([gate.view.locked, gate.view.until, told], [true, null, ["locked"]]);
    assert.equal(gate.door.came("y", clock.now), "locked");
  }
});

test("prolonged, let be, or locked and opened, it is so for all", () => {
  const [host, guest] = [page("host", true), page("guest")];
  link(host, guest);
  host.gate.keepOpen(600);
  pass(590);
  host.gate.keepOpen(600);
  pass(590);
  assert.deepEqual([host, guest].map(({ gate }) => gate.view.locked), [false, false]);
  host.gate.keepOpen(null);
  pass(3600);
  assert.deepEqual([host, guest].map(({ gate }) => [gate.view.locked, gate.view.until]), [[false, null], [false, null]]);
  host.gate.keepOpen(600);
  pass(601);
  host.gate.lock(false);
  pass(7200);
  assert.deepEqual([host, guest].map(({ gate }) => [gate.view.locked, gate.view.until]), [[false, null], [false, null]]);
  assert.deepEqual([host.told, guest.told], [["locked"], ["locked", "unlocked"]]);
});

test("without the host it holds, and its heir may end it", () => {
  const [host, heir, guest] = [page("host", true), page("a"), page("b")];
  link(host, heir);
  link(host, guest);
  link(heir, guest);
  host.gate.keepOpen(600);
  pass(100);
  part(host, heir, guest);
  assert.deepEqual([heir, guest].map(({ gate }) => gate.view.mine), [true, false]);
  assert.ok(Math.abs(heir.gate.view.until - Date.now() - 500_000) < 1000);
  pass(501);
  assert.deepEqual([heir, guest].map(({ gate, told }) => [gate.view.locked, told]), [[true, ["locked"]], [true, ["locked"]]]);
  heir.gate.lock(false);
  assert.equal(guest.gate.view.locked, false);
});

test("a guest alone waits a little for a host that says nothing, and then locks", () => {
  const [host, guest] = [page("host", true), page("guest")];
  link(host, guest);
  host.gate.keepOpen(600);
  host.gate.end(); // it does nothing any more, and nobody knows
  pass(604);
  assert.equal(guest.gate.view.locked, false);
  pass(2);
  assert.equal(guest.gate.view.locked, true);
});

test("who slept past the time finds the room locked soon after, and at the first knock at once", () => {
  const host = page("host", true);
  host.gate.keepOpen(600);
  date += 3_600_000; // the ticks stand still
  assert.equal(host.gate.door.knocked("a", "Asha", clock.now), "locked");
  const other = page("other", true);
  other.gate.keepOpen(600);
  date += 3_600_000;
  pass(10);
  assert.deepEqual(other.told, ["locked"]);
});

test("a date that is set a little, or back, takes nothing from the time", () => {
  const host = page("host", true);
  host.gate.keepOpen(600);
  date += 3000;
  pass(1);
  date -= 3_600_000;
  pass(597);
  assert.equal(host.gate.view.locked, false);
  pass(2);
  assert.equal(host.gate.view.locked, true);
});

test("whom the host lets in is let in also where a clock has locked the door before time", () => {
  const [host, guest, late] = [page("host", true), page("guest"), page("late")];
  link(host, guest);
  host.gate.keepOpen(600);
  guest.gate.door.tick(clock.now + 3600);
  assert.equal(guest.gate.door.knocked("late", "Lata", clock.now), "locked");
  link(host, late);
  assert.deepEqual(guest.roster.admitted, ["late"]);
});
