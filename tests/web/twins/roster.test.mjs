// Who may guess how often: a server that invents peers gets one guess at a code, as in tests/peer/test_guessing.py.

import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeOuter, encode } from "../../../web/static/js/core/codec.js";
import { parseInvite } from "../../../web/static/js/core/invite.js";
import { Member, Newcomer } from "../../../web/static/js/core/pairing.js";
import { Introduction } from "../../../web/static/js/io/introduction.js";
import { Roster } from "../../../web/static/js/io/roster.js";

const CODE = await parseInvite("7-otter-maple-drum");
const WRONG = await parseInvite("7-otter-maple-zebra");
const LINK = { secret: crypto.getRandomValues(new Uint8Array(16)), room: `n${"o".repeat(21)}`, code: null };
const ME = "m".repeat(11);
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
  const roster = new Roster(invite, { instance: "i".repeat(22) }, {
    relay: (to, body) => said.put({ to, note: decodeOuter(body) }),
    watch: () => ({}),
    mismatched: () => said.put({ to: "", note: { type: "mismatched here" } }),
    changed: () => {},
  });
  return { roster, said };
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
