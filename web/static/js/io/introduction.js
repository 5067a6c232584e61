// Meeting one peer id through the server: pairing in the open, then sealed notes only. Plain SDP or candidates have no
// way in: what is not one of the four pairing notes must come out of the seal.

import { Malformed, decodeOuter, encode } from "../core/codec.js";
import { Member, Newcomer } from "../core/pairing.js";
import { Seal } from "../core/sealed.js";

/**
 * @import { PairKeys } from "../core/pairing.js"
 * @import { SealedNote } from "../core/sealed.js"
 * @import { InnerNote, SayInnerNote } from "../gen/messages.js"
 */

/**
 * @typedef {object} Acquaintance
 * @property {"newcomer" | "member"} role  ours
 * @property {Uint8Array} secret
 * @property {string} room
 * @property {string} me  our peer id
 * @property {string} other
 * @property {boolean} guessable  whether the secret is that of a code, and so allows one run
 */
/**
 * @typedef {object} Listener
 * @property {(body: string) => void} relay  pass this to the other
 * @property {(keys: PairKeys) => void} paired
 * @property {(note: InnerNote) => void} heard  out of the seal
 * @property {() => boolean} mayBegin  asked before each run, be it ours or the other's to begin
 * @property {() => void} mismatched  the other did not prove that it knows the secret; the run is over
 */

/** How often a newcomer tries. */
export const MAX_RUNS = 3;

export class Introduction {
  #who;
  #listen;
  /** @type {Newcomer | Member | null} */
  #pairing = null;
  /** @type {Seal | null} */
  #seal = null;
  #runs = 0;
  /** The commit that we answer, as member. */
  #sid = "";
  /** A sealed note has come: the other is paired too. */
  #settled = false;
  #over = false;
  /** Notes are opened strictly in the order in which they came, @type {Promise<void>} */
  #inbox = Promise.resolve();
  /** and sealed in the order in which they are said. @type {Promise<void>} */
  #outbox = Promise.resolve();

  /** @param {Acquaintance} who @param {Listener} listen */
  constructor(who, listen) {
    this.#who = who;
    this.#listen = listen;
    const { role, ...pair } = who;
    if (role === "member") this.#pairing = new Member(pair);
  }

  get id() {
    return this.#who.other;
  }

  get role() {
    return this.#who.role;
  }

  get begun() {
    return this.#runs > 0;
  }

  /** Whether the other holds our proof and has not given its own. */
  get exposed() {
    return this.#pairing instanceof Newcomer && this.#pairing.state === "opened";
  }

  /** The newcomer speaks first. */
  begin() {
    this.#runs += 1;
    if (!this.#listen.mayBegin()) return;
    const { role: _, ...pair } = this.#who;
    const newcomer = new Newcomer(pair);
    this.#pairing = newcomer;
    this.#inbox = this.#inbox.then(async () => this.#run(await newcomer.start()));
  }

  /** What the server relayed from this peer. @param {string} body */
  receive(body) {
    this.#inbox = this.#inbox.then(() => this.#take(body));
  }

  /** Seals a note and passes it on; only after `paired`. @param {SayInnerNote} note */
  say(note) {
    this.#outbox = this.#outbox.then(async () => {
      if (this.#seal && !this.#over) this.#listen.relay(encode(await this.#seal.seal(note)));
    });
    return this.#outbox;
  }

  /** Nothing is said or heard after this. */
  end() {
    this.#over = true;
  }

  /** @param {string} body */
  async #take(body) {
    if (this.#over) return;
    try {
      const note = decodeOuter(body);
      if (note.type === "sealed") return await this.#open(note);
      if (this.#settled) return;
      if (note.type === "commit") this.#expect(note.sid);
      await this.#run((await this.#pairing?.step(note)) ?? []);
    } catch (error) {
      // Forged, replayed, reordered or of another run: dropped, and nothing has changed.
      if (!(error instanceof Malformed)) throw error;
    }
  }

  /** @param {SealedNote} note */
  async #open(note) {
    if (!this.#seal) return;
    const inner = await this.#seal.open(note);
    this.#settled = true;
    this.#listen.heard(inner);
  }

  /**
   * A newcomer begins a run. On a link it may do so anew: what it heard of us, maybe our `confirm`, had been changed on
   * its way.
   * @param {string} sid
   */
  #expect(sid) {
    const { role, guessable, ...pair } = this.#who;
    if (role !== "member" || sid === this.#sid || (guessable && this.#sid)) return;
    if (!this.#listen.mayBegin()) throw new Malformed("too many runs came to nothing");
    this.#sid = sid;
    this.#pairing = new Member(pair);
  }

  /** @param {Awaited<ReturnType<Newcomer["step"]>>} effects */
  async #run(effects) {
    for (const effect of effects) {
      if (this.#over) return;
      switch (effect.type) {
        case "say":
          this.#listen.relay(encode(effect.note));
          break;
        case "paired": {
          const { room, me, other } = this.#who;
          this.#pairing = null;
          this.#seal = await Seal.create({ keys: effect.keys, room, me, other });
          this.#listen.paired(effect.keys);
          break;
        }
        case "mismatched":
          this.#pairing = null;
          this.#listen.mismatched();
          // A code is spent by one wrong guess; a link's secret cannot be guessed, so there a note was tampered with.
          if (this.#who.role === "newcomer" && !this.#who.guessable && this.#runs < MAX_RUNS) this.begin();
          break;
      }
    }
  }
}
