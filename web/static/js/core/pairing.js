// Pairing proves to two peers that they know the same secret, and gives them keys that nobody else has.
// Twin of peer/pairing.py, which has the diagram and the reasons; same notes, same keys, byte for byte.
//
//     newcomer  ──commit──►  member      one machine serves one run of one pair; steps wait for WebCrypto, and are
//               ◄──share───              taken one at a time in the order of their calls
//               ───open───►
//               ◄─confirm──              or mismatch

import { concat, equal, fromBase64url, lv, toBase64url, utf8 } from "./bytes.js";
import { Malformed } from "./codec.js";
import { CPace, InvalidShare, SCALAR_BYTES } from "./cpace.js";
import { hkdf } from "./hkdf.js";
import { randomBytes } from "./invite.js";
import { emojiOf, SAS_BYTES } from "./sas.js";
import { Turns } from "./turns.js";

/**
 * @import { Bytes } from "./bytes.js"
 * @import { OuterNote, SayOuterNote } from "../gen/messages.js"
 * @import { Emoji } from "./snapshot.js"
 *
 * @typedef {"newcomer" | "member"} Role
 * @typedef {"secret" | "told" | "commitment" | "share"} Why
 *   secret: the other's proof is wrong; told: the member says that ours is; commitment: what was opened is not what was
 *   committed to; share: an invalid point, our own sent back, or one that names another peer
 * @typedef {{send: Bytes, receive: Bytes, proof: Bytes, sas: readonly Emoji[], role: Role}} PairKeys
 * @typedef {{type: "say", note: SayOuterNote} | {type: "paired", keys: PairKeys} | {type: "mismatched", reason: Why}} Effect
 * @typedef {{secret: Uint8Array, room: string, me: string, other: string, random?: (size: number) => Bytes}} Pair
 * @typedef {"idle" | "committed" | "opened" | "shared" | "paired" | "mismatched"} State
 */

export const LABEL = "twocans/1";
const [SID_BYTES, NONCE_BYTES, KEY_BYTES] = [16, 16, 32];

/** They erred: a note out of order or of another run. Nothing has changed; drop the note and go on. */
export class Unexpected extends Malformed {}

/** The end that came later; it speaks first. */
export class Newcomer {
  /** @type {State} */ #state = "idle";
  /** @type {Required<Pair>} */ #pair;
  /** @type {Run | null} */ #run = null;
  #turns = new Turns();

  /** @param {Pair} pair */
  constructor(pair) {
    this.#pair = { random: randomBytes, ...pair };
  }

  get state() {
    return this.#state;
  }

  /** Opens the run. Once. @returns {Promise<Effect[]>} */
  start() {
    return this.#turns.take(async () => {
      if (this.#state !== "idle") throw new Error("a run starts once");
      this.#state = "committed";
      const { secret, room, me, other, random } = this.#pair;
      const [sid, ad] = [random(SID_BYTES), adOf("newcomer", me)];
      const scalar = random(SCALAR_BYTES);
      const nonce = random(NONCE_BYTES);
      const cpace = await CPace.start({ initiator: true, secret, sid, ci: ciOf(room, me, other), ad, scalar });
      this.#run = { cpace, sid, ad, nonce };
      const h = await commitment(cpace.share, ad, nonce);
      return [say({ type: "commit", sid: toBase64url(sid), h: toBase64url(h) })];
    });
  }

  /** A note of the member. @param {OuterNote} note @returns {Promise<Effect[]>} @throws {Unexpected} */
  step(note) {
    return this.#turns.take(async () => {
      if (!this.#run) throw new Unexpected(`${note.type} before the start`);
      if (this.#state === "committed" && note.type === "share") {
        sameRun(note.sid, this.#run.sid);
        return this.#shared(this.#run, note);
      }
      if (this.#state === "opened" && note.type === "confirm") {
        sameRun(note.sid, this.#run.sid);
        return this.#confirmed(this.#run, note);
      }
      if (this.#state === "opened" && note.type === "mismatch") {
        sameRun(note.sid, this.#run.sid);
        this.#state = "mismatched";
        return [mismatched("told")];
      }
      throw new Unexpected(`${note.type} does not belong where ${this.#state} is`);
    });
  }

  /** @param {Run} run @param {Extract<OuterNote, {type: "share"}>} note @returns {Promise<Effect[]>} */
  async #shared({ cpace, ad, nonce }, note) {
    if (!(await takeShare(cpace, note, adOf("member", this.#pair.other)))) {
      this.#state = "mismatched";
      return [mismatched("share")];
    }
    this.#state = "opened";
    const [y, tag] = [toBase64url(cpace.share), toBase64url(await cpace.tag())];
    return [say({ type: "open", sid: note.sid, y, ad: toBase64url(ad), nonce: toBase64url(nonce), tag })];
  }

  /** @param {Run} run @param {Extract<OuterNote, {type: "confirm"}>} note @returns {Promise<Effect[]>} */
  async #confirmed({ cpace, sid }, note) {
    if (!(await cpace.verify(fromBase64url(note.tag)))) {
      this.#state = "mismatched";
      return [mismatched("secret")];
    }
    this.#state = "paired";
    return [{ type: "paired", keys: await keysOf("newcomer", cpace.isk, sid) }];
  }
}

/** The end that was there before. It may run many of these at once, one for each newcomer. */
export class Member {
  /** @type {State} */ #state = "idle";
  /** @type {Required<Pair>} */ #pair;
  /** @type {{cpace: CPace, sid: Bytes, h: Bytes} | null} */ #run = null;
  #turns = new Turns();

  /** @param {Pair} pair */
  constructor(pair) {
    this.#pair = { random: randomBytes, ...pair };
  }

  get state() {
    return this.#state;
  }

  /** A note of the newcomer. @param {OuterNote} note @returns {Promise<Effect[]>} @throws {Unexpected} */
  step(note) {
    return this.#turns.take(async () => {
      if (this.#state === "idle" && note.type === "commit") return this.#committed(note);
      if (this.#state === "shared" && this.#run && note.type === "open") {
        sameRun(note.sid, this.#run.sid);
        return this.#opened(this.#run, note);
      }
      throw new Unexpected(`${note.type} does not belong where ${this.#state} is`);
    });
  }

  /** @param {Extract<OuterNote, {type: "commit"}>} note @returns {Promise<Effect[]>} */
  async #committed(note) {
    const { secret, room, me, other, random } = this.#pair;
    const [sid, h, ad] = [fromBase64url(note.sid), fromBase64url(note.h), adOf("member", me)];
    const scalar = random(SCALAR_BYTES);
    const cpace = await CPace.start({ initiator: false, secret, sid, ci: ciOf(room, other, me), ad, scalar });
    this.#run = { cpace, sid, h };
    this.#state = "shared";
    return [say({ type: "share", sid: note.sid, y: toBase64url(cpace.share), ad: toBase64url(ad) })];
  }

  /**
   * @param {{cpace: CPace, sid: Bytes, h: Bytes}} run @param {Extract<OuterNote, {type: "open"}>} note
   * @returns {Promise<Effect[]>}
   */
  async #opened({ cpace, sid, h }, note) {
    const [y, ad, nonce, tag] = [note.y, note.ad, note.nonce, note.tag].map(fromBase64url);
    if (!equal(await commitment(y, ad, nonce), h)) return this.#refuse(note.sid, "commitment");
    if (!(await takeShare(cpace, note, adOf("newcomer", this.#pair.other)))) return this.#refuse(note.sid, "share");
    if (!(await cpace.verify(tag))) return this.#refuse(note.sid, "secret");
    this.#state = "paired";
    const confirm = say({ type: "confirm", sid: note.sid, tag: toBase64url(await cpace.tag()) });
    return [confirm, { type: "paired", keys: await keysOf("member", cpace.isk, sid) }];
  }

  /** @param {string} sid @param {Why} reason @returns {Effect[]} */
  #refuse(sid, reason) {
    this.#state = "mismatched";
    return [say({ type: "mismatch", sid }), mismatched(reason)];
  }
}

/** @typedef {{cpace: CPace, sid: Bytes, ad: Bytes, nonce: Bytes}} Run */

/** @param {SayOuterNote} note @returns {Effect} */
const say = (note) => ({ type: "say", note });

/** @param {Why} reason @returns {Effect} */
const mismatched = (reason) => ({ type: "mismatched", reason });

/** @param {string} room @param {string} newcomer @param {string} member */
const ciOf = (room, newcomer, member) => lv(utf8(LABEL), utf8(room), utf8(newcomer), utf8(member));

/** @param {Role} role @param {string} peer */
const adOf = (role, peer) => lv(utf8(role), utf8(peer));

/** @param {Bytes} y @param {Bytes} ad @param {Bytes} nonce @returns {Promise<Bytes>} */
const commitment = async (y, ad, nonce) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", concat(y, ad, nonce)));

/** @param {string} sid @param {Bytes} ours */
function sameRun(sid, ours) {
  if (sid !== toBase64url(ours)) throw new Unexpected("a note of another run");
}

/**
 * Whether the other's share is a valid point, not our own, and said by the one whom we pair with.
 * @param {CPace} cpace @param {{y: string, ad: string}} note @param {Bytes} expectedAd
 */
async function takeShare(cpace, note, expectedAd) {
  const [share, ad] = [fromBase64url(note.y), fromBase64url(note.ad)];
  if (!equal(ad, expectedAd) || equal(share, cpace.share)) return false;
  try {
    await cpace.derive(share, ad);
    return true;
  } catch (error) {
    if (error instanceof InvalidShare) return false;
    throw error;
  }
}

/** @param {Role} role @param {Bytes} isk @param {Bytes} sid @returns {Promise<PairKeys>} */
async function keysOf(role, isk, sid) {
  const newcomer = await hkdf(isk, sid, `${LABEL} seal newcomer`, KEY_BYTES); // seals what the newcomer says
  const member = await hkdf(isk, sid, `${LABEL} seal member`, KEY_BYTES);
  const [send, receive] = role === "newcomer" ? [newcomer, member] : [member, newcomer];
  const sas = emojiOf(await hkdf(isk, sid, "sas", SAS_BYTES));
  return { send, receive, proof: await hkdf(isk, sid, `${LABEL} proof`, KEY_BYTES), sas, role };
}
