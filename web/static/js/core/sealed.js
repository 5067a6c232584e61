// Seals notes for one remote peer and opens its notes; the server carries them and can neither read nor change them.
// Twin of peer/sealed.py.
//
//     box   AES-256-GCM(key of the direction, nonce, inner note as JSON, associated data)
//     nonce 12 bytes, big-endian: the counter `n`, from 0, without gaps
//     data  lv("twocans/1") ‖ lv(room) ‖ lv(from) ‖ lv(to) ‖ lv(nonce)

import { fromBase64url, fromUtf8, lv, toBase64url, utf8 } from "./bytes.js";
import { decodeInner, encode, Malformed } from "./codec.js";
import { LABEL } from "./pairing.js";
import { Turns } from "./turns.js";

/**
 * @import { Bytes } from "./bytes.js"
 * @import { InnerNote, OuterNote, SayInnerNote } from "../gen/messages.js"
 * @import { PairKeys } from "./pairing.js"
 * @typedef {Extract<OuterNote, {type: "sealed"}>} SealedNote
 */

const MAX_COUNTER = 2 ** 32 - 1;
const MAX_BOX_CHARACTERS = 56_000;

/**
 * They, or the server, erred: a note is forged, replayed, out of order, or one before it is missing.
 * Nothing has changed: the note that is due still opens.
 */
export class SealBroken extends Malformed {}

/** Both directions between `me` and `other`, for as long as the keys of one pairing live. */
export class Seal {
  /** @type {CryptoKey} */ #sending;
  /** @type {CryptoKey} */ #receiving;
  /** @type {{room: string, me: string, other: string}} */ #names;
  #sent = 0;
  #opened = 0;
  #sendTurns = new Turns();
  #openTurns = new Turns();

  /** @param {{keys: Pick<PairKeys, "send" | "receive">, room: string, me: string, other: string}} pair */
  static async create({ keys, room, me, other }) {
    const sending = await crypto.subtle.importKey("raw", keys.send, "AES-GCM", false, ["encrypt"]);
    const receiving = await crypto.subtle.importKey("raw", keys.receive, "AES-GCM", false, ["decrypt"]);
    return new Seal(sending, receiving, { room, me, other });
  }

  /** @param {CryptoKey} sending @param {CryptoKey} receiving @param {{room: string, me: string, other: string}} names */
  constructor(sending, receiving, names) {
    this.#sending = sending;
    this.#receiving = receiving;
    this.#names = names;
  }

  /**
   * The next note to the other. Calls are answered in their order.
   * @param {SayInnerNote} inner
   * @returns {Promise<SealedNote>}
   * @throws {RangeError} we erred: the note is too long to be sealed, or the counter is used up
   */
  seal(inner) {
    return this.#sendTurns.take(async () => {
      if (this.#sent > MAX_COUNTER) throw new RangeError("the counter is used up");
      const { room, me, other } = this.#names;
      const how = algorithm(this.#sent, room, me, other);
      const box = toBase64url(new Uint8Array(await crypto.subtle.encrypt(how, this.#sending, utf8(encode(inner)))));
      if (box.length > MAX_BOX_CHARACTERS) throw new RangeError(`${inner.type} does not fit into a sealed note`);
      return { type: "sealed", n: this.#sent++, box };
    });
  }

  /**
   * The next note of the other. Calls are answered in their order.
   * @param {SealedNote} note
   * @returns {Promise<InnerNote>}
   * @throws {SealBroken} not the next one, or not sealed by the other
   * @throws {Malformed} sealed by the other, and yet no note
   */
  open(note) {
    return this.#openTurns.take(async () => {
      if (note.n !== this.#opened) throw new SealBroken(`sealed note ${note.n} came where ${this.#opened} was due`);
      const text = await this.#decrypt(note);
      this.#opened += 1;
      return decodeInner(fromUtf8(text));
    });
  }

  /** @param {SealedNote} note @returns {Promise<Bytes>} */
  async #decrypt(note) {
    const { room, me, other } = this.#names;
    try {
      const how = algorithm(note.n, room, other, me);
      return new Uint8Array(await crypto.subtle.decrypt(how, this.#receiving, fromBase64url(note.box)));
    } catch (error) {
      if (!(error instanceof DOMException || error instanceof Malformed)) throw error;
      throw new SealBroken(`sealed note ${note.n} was not sealed by the other`);
    }
  }
}

/** @param {number} n @param {string} room @param {string} from @param {string} to */
function algorithm(n, room, from, to) {
  const iv = new Uint8Array(12);
  new DataView(iv.buffer).setUint32(8, n);
  const additionalData = lv(utf8(LABEL), utf8(room), utf8(from), utf8(to), iv);
  return { name: "AES-GCM", iv, additionalData };
}
