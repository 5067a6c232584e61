// Who may guess how often: a server that invents peers gets one guess at a code, as in tests/peer/test_guessing.py.

import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeOuter, encode } from "../../../web/static/js/core/codec.js";
import { parseInvite } from "../../../web/static/js/core/invite.js";
import { Member, Newcomer } from "../../../web/static/js/core/pairing.js";
import { Introduction } from "../../../web/static/js/io/introduction.js";
import { againMac } from "../../../web/static/js/core/proof.js";
import { Door } from "../../../web/static/js/core/door.js";
import { Seal } from "../../../web/static/js/core/sealed.js";
import { Roster } from "../../../web/static/js/io/roster.js";

const CODE = await parseInvite("7-otter-maple-drum");
const WRONG = await parseInvite("7-otter-maple-zebra");
const LINK = { secret: crypto.getRandomValues(new Uint8Array(16)), room: `n${"o".repeat(21)}`, code: null };
const ME = "m".repeat(11);
const INSTANCE = "i".repeat(22);
const STRANGER = "s".repeat(22);
const GUESSERS = [..."abcd"].map((letter) => letter.repeat(11));

/** What was said, one after the other; `next` waits for it. */
class Said {
  #said = [];
  #wake = () => {};

  put = (each) => {
    this.#said.push(each);
    this.#wake();
  };

  get waiting() {
    return this.#said.length;
  }

  async next() {
    while (!this.#said.length) await new Promise((resolve) => (this.#wake = resolve));
    return this.#said.shift();
  }
}

/** A page in a room of this invite. */
function pageWith(invite) {
  const said = new Said();
  const door = new Door(INSTANCE, true);
  const roster = new Roster(invite, { instance: INSTANCE, door, name: () => "Asha", iceServers: () => [] }, {
    relay: (to, body) => said.put({ to, note: decodeOuter(body) }),
    watch: () => ({ changed: () => {} }),
    outside: (state) => said.put({ to: "", note: { type: state } }),
    mismatched: () => said.put({ to: "", note: { type: "mismatched here" } }),
    wary: () => said.put({ to: "", note: { type: "wary" } }),
    changed: () => {},
  });
  return { roster, said, door };
}

const guesser = (Role, { secret, room }, me) => new Role({ secret, room, me, other: ME });

/** The note in what a run answers. */
const noteOf = (effects) => effects.find((each) => each.type === "say").note;

test("by a code a newcomer shows its proof to one at a time and gives up after three", async () => {
  const { roster, said } = pageWith(CODE);
  roster.welcome({ peer: ME, members: GUESSERS.map((peer) => ({ peer, absent: false })) });
  for (const peer of GUESSERS.slice(0, 3)) {
    const { to, note } = await said.next();
    assert.deepEqual([to, note.type], [peer, "commit"]);
    roster.relayed(peer, encode(noteOf(await guesser(Member, WRONG, peer).step(note))));
    assert.equal((await said.next()).note.type, "open");
    roster.departed(peer);
  }
  assert.equal((await said.next()).note.type, "mismatched here");
});

test("after one wrong guess no other newcomer is answered", async () => {
  const { roster, said } = pageWith(CODE);
  roster.welcome({ peer: ME, members: [] });
  const [wrong, right, late] = [WRONG, CODE, CODE].map((invite, index) => guesser(Newcomer, invite, GUESSERS[index]));
  const opens = [];
  for (const [index, run] of [wrong, right].entries()) {
    roster.arrived(GUESSERS[index]);
    roster.relayed(GUESSERS[index], encode(noteOf(await run.start())));
    opens.push(encode(noteOf(await run.step((await said.next()).note))));
  }
  opens.forEach((open, index) => roster.relayed(GUESSERS[index], open)); // both at once
  assert.equal((await said.next()).note.type, "mismatch");
  assert.equal((await said.next()).note.type, "mismatched here");
  const other = pageWith(CODE); // when this one has answered, the first would have as well
  other.roster.welcome({ peer: ME, members: [] });
  const commit = encode(noteOf(await late.start()));
  for (const page of [roster, other.roster]) {
    page.arrived(GUESSERS[2]);
    page.relayed(GUESSERS[2], commit);
  }
  other.roster.relayed(GUESSERS[2], encode(noteOf(await late.step((await other.said.next()).note))));
  assert.equal((await other.said.next()).note.type, "confirm");
  assert.equal(said.waiting, 0);
});

/** Two introductions by a link, and a server between them that may change a note. */
async function introduced(change) {
  const ended = new Said();
  const heard = (role) => ({
    relay: (body) => ends[role === "newcomer" ? "member" : "newcomer"].receive(encode(change(decodeOuter(body)))),
    paired: () => role === "newcomer" && void ends.newcomer.say({ type: "bye" }),
    heard: ended.put,
    mayBegin: () => true,
    mismatched: () => {},
  });
  const { secret, room } = LINK;
  const pair = { secret, room, guessable: false };
  const ends = {
    newcomer: new Introduction({ role: "newcomer", me: "a".repeat(11), other: "b".repeat(11), ...pair }, heard("newcomer")),
    member: new Introduction({ role: "member", me: "b".repeat(11), other: "a".repeat(11), ...pair }, heard("member")),
  };
  ends.newcomer.begin();
  return ended.next();
}

for (const [kind, spoil] of [["share", { ad: "" }], ["confirm", { tag: "A".repeat(86) }]]) {
  test(`a newcomer to a link begins anew when ${kind} was changed on its way`, async () => {
    let spoilt = 0;
    const note = await introduced((each) => (each.type === kind && !spoilt++ ? { ...each, ...spoil } : each));
    assert.equal(note.type, "bye");
    assert.equal(spoilt, 2);
  });
}

/** Somebody who holds the link, paired with the page. @param {ReturnType<typeof pageWith>} page @param {string} id */
async function pairedWith({ roster, said }, id) {
  roster.arrived(id);
  const run = guesser(Newcomer, LINK, id);
  roster.relayed(id, encode(noteOf(await run.start())));
  roster.relayed(id, encode(noteOf(await run.step((await said.next()).note))));
  const [{ keys }] = (await run.step((await said.next()).note)).filter((each) => each.type === "paired");
  const seal = await Seal.create({ keys, room: LINK.room, me: id, other: ME });
  return {
    keys,
    say: async (note) => roster.relayed(id, encode(await seal.seal(note))),
    hear: async () => seal.open((await said.next()).note),
  };
}

const here = (instance) => ({ type: "here", instance, epoch: 0, live: false });

test("a locked room answers `here` with its door, and hears nothing more until the host has decided", async () => {
  const page = pageWith(LINK);
  page.roster.welcome({ peer: ME, members: [] });
  page.door.lock(true);
  const stranger = await pairedWith(page, GUESSERS[0]);
  await stranger.say(here(STRANGER));
  assert.deepEqual(await stranger.hear(), { type: "door", instance: INSTANCE, state: "locked" });
  await stranger.say({ type: "offer", epoch: 1, sdp: "v=0" });
  await stranger.say({ type: "knock", instance: "another".padEnd(22, "x"), name: "Bela" });
  await stranger.say({ type: "knock", instance: STRANGER, name: "Cleo" });
  await stranger.say(here(STRANGER));
  const other = await pairedWith(page, GUESSERS[1]); // when this one is answered, all that was read
  await other.say(here("o".repeat(22)));
  await other.hear();
  assert.deepEqual(page.roster.views, []);
  assert.deepEqual(page.door.knocks.map(({ instance, name }) => [instance, name]), [[STRANGER, "Cleo"]]);
  page.roster.tell(STRANGER, "refused");
  assert.equal((await stranger.hear()).state, "refused");
});

test("who says that a door is locked to us does not open ours", async () => {
  const page = pageWith(LINK);
  page.roster.welcome({ peer: ME, members: [] });
  page.door.linked("o".repeat(22), { able: true, claims: false, elder: true });
  page.door.lock(true);
  const stranger = await pairedWith(page, GUESSERS[0]);
  await stranger.say({ type: "door", instance: STRANGER, state: "locked" });
  assert.equal((await page.said.next()).note.type, "locked", "which the page may tell");
  assert.equal((await stranger.hear()).type, "knock");
  await stranger.say(here(STRANGER));
  assert.equal((await stranger.hear()).type, "door");
  assert.deepEqual(page.roster.views, []);
});

test("a plain commit for a session that is settled, as by whoever stole it, begins nothing", async () => {
  const page = pageWith(LINK);
  page.roster.welcome({ peer: ME, members: [] });
  page.door.lock(true);
  const owner = await pairedWith(page, GUESSERS[0]);
  await owner.say(here(STRANGER));
  await owner.hear();
  page.roster.relayed(GUESSERS[0], encode(noteOf(await guesser(Newcomer, LINK, GUESSERS[0]).start())));
  await owner.say({ type: "knock", instance: STRANGER, name: "Cleo" });
  const other = await pairedWith(page, GUESSERS[1]);
  await other.say(here("o".repeat(22)));
  assert.equal((await other.hear()).type, "door", "and nothing was said to the thief");
  assert.equal(page.door.knocks.length, 1);
});

test("who was linked before proves it, and who claims to be them does not", async () => {
  const page = pageWith(LINK);
  page.roster.welcome({ peer: ME, members: [] });
  const before = await pairedWith(page, GUESSERS[0]);
  await before.say(here(STRANGER));
  await before.hear();
  page.roster.setAbsent(GUESSERS[0], true);
  page.door.lock(true);
  for (const [id, honest] of [[GUESSERS[1], false], [GUESSERS[2], true]]) {
    const again = await pairedWith(page, id);
    await again.say(here(STRANGER));
    assert.equal((await again.hear()).state, "locked");
    const mac = await againMac(before.keys.proof, again.keys.proof);
    await again.say({ type: "knock", instance: STRANGER, name: "Cleo", again: honest ? mac : mac.replace(/./, (first) => (first === "A" ? "B" : "A")) });
    if (honest) assert.equal((await again.hear()).type, "here");
  }
  const peer = page.roster.find(GUESSERS[0]);
  assert.equal(peer.serverId, GUESSERS[2]);
  await peer.hangUp(); // and with it its timers
  assert.equal(page.door.knocks.length, 0);
});

test("a server that invents newcomers to a link, each of whom breaks off, is answered sixteen times", async () => {
  const { roster, said } = pageWith(LINK);
  roster.welcome({ peer: ME, members: [] });
  const answers = [];
  for (let number = 0; number < 40; number += 1) {
    const peer = `x${String(number).padStart(10, "0")}`;
    roster.arrived(peer);
    roster.relayed(peer, encode(noteOf(await guesser(Newcomer, LINK, peer).start())));
    answers.push((await said.next()).note.type);
    roster.departed(peer);
  }
  assert.deepEqual(answers, [...Array(16).fill("share"), ...Array(24).fill("wary")], "to the person here, after that");
});

test("a server that invents members of a link is spoken to sixteen times", async () => {
  const { roster, said } = pageWith(LINK);
  const members = Array.from({ length: 40 }, (_, number) => ({ peer: `x${String(number).padStart(10, "0")}`, absent: false }));
  roster.welcome({ peer: ME, members });
  const notes = [];
  for (const _ of members) notes.push((await said.next()).note.type);
  assert.deepEqual(notes.toSorted(), [...Array(16).fill("commit"), ...Array(24).fill("wary")]);
});
