// An invite is one token: the secret that two peers share, and the room in which they meet. Twin of peer/invite.py.
//
//     link   https://host/r#3Kf0…         22 characters, 128 bits     room: derived from the secret
//     code   7-otter-maple-drum           words, 11 bits each         room: n7, never part of the secret

import { fromBase64url, toBase64url, utf8 } from "./bytes.js";
import { Malformed } from "./codec.js";
import { hkdf } from "./hkdf.js";
import { completeWord } from "./words.js";

/** @import { Bytes } from "./bytes.js" */

/**
 * @typedef {object} Invite
 * @property {Bytes} secret  the password of pairing: 16 random bytes, or the words joined by `-` in UTF-8
 * @property {string} room  the server's name for the room: `n7`, or 22 characters that do not tell the secret
 * @property {string | null} code  `7-otter-maple-drum`, or null for a link
 * @property {string} token  what stands after `#`: the code, or the secret in base64url
 * @typedef {"neither" | "count" | "letters" | "link" | "page"} BadInviteReason
 */

const SECRET_BYTES = 16;
const ROOM_CHARACTERS = 22;
const ROOM_INFO = "twocans/1 room";
const [MIN_WORDS, MAX_WORDS] = [2, 8];

const CODE = /^[1-9][0-9]{0,8}([-_][a-z]{3,16}){2,8}$/i;
const NUMBER = /^[1-9][0-9]{0,8}$/;
const PART = /[0-9]+|[\p{L}\p{Nl}\p{No}]+/gu;
const WORD = /^[a-z]{3,16}$/;
const BENGALI_DIGITS = "০১২৩৪৫৬৭৮৯"; // a page in Bengali shows and types these

/** @type {Readonly<Record<BadInviteReason, string>>} */
const SENTENCES = {
  neither: "This is neither a code, like 7-otter-maple-drum, nor the whole of a link.",
  count: "A code has a number and then its words, three as a rule, like 7-otter-maple-drum.",
  letters: "The words of a code are English and have three letters or more, like 7-otter-maple-drum.",
  link: "This is not a link to a room: it should begin with https:// and hold a # and a secret.",
  page: "This link leads to no room: it should end with /r# or /f# and a secret. Copy all of it.",
};

/** What was typed is no invite. The interface translates `reason`; `message` never holds a secret. */
export class BadInvite extends Error {
  /** @param {BadInviteReason} reason */
  constructor(reason) {
    super(SENTENCES[reason]);
    this.reason = reason;
  }
}

/**
 * A fresh secret of 128 bits.
 * @param {(size: number) => Bytes} [random]
 * @returns {Promise<Invite>}
 */
export async function newLinkInvite(random = randomBytes) {
  for (;;) {
    const secret = random(SECRET_BYTES);
    if (!CODE.test(toBase64url(secret))) return ofSecret(secret); // rare: it would read as a code
  }
}

/** @param {number} size @returns {Bytes} */
export const randomBytes = (size) => crypto.getRandomValues(new Uint8Array(size));

/**
 * The page to open: the lobby of a call, or with `files` straight the files.
 * @param {Pick<Invite, "token">} invite @param {string} origin URL of the server @param {boolean} [files]
 */
export const linkOf = (invite, origin, files = false) =>
  `${origin.replace(/\/+$/, "")}/${files ? "f" : "r"}#${invite.token}`;

/**
 * Reads what a person typed, pasted or was handed: a code in any spelling, a bare token, or a whole link.
 * @param {string} text
 * @returns {Promise<Invite & {server: string | null}>} server: of a link, the base URL of its server
 * @throws {BadInvite}
 */
export async function parseInvite(text) {
  text = text.trim();
  if (!text.includes("#") && !text.includes("://")) return { ...(await ofToken(text)), server: null };
  if (!URL.canParse(text)) throw new BadInvite("link");
  const link = new URL(text);
  if (!["http:", "https:"].includes(link.protocol)) throw new BadInvite("link");
  const [, base, page] = /^(.*)\/([^/]*)$/.exec(link.pathname) ?? ["", "", ""];
  if (!["r", "f"].includes(page) || link.hash.length < 2) throw new BadInvite("page");
  return { ...(await ofToken(link.hash.slice(1))), server: link.origin + base };
}

/** @param {string} token @returns {Promise<Invite>} */
async function ofToken(token) {
  if (token.length === ROOM_CHARACTERS && !CODE.test(token)) {
    try {
      return await ofSecret(fromBase64url(token));
    } catch (error) {
      if (!(error instanceof Malformed)) throw error; // a code may have 22 characters too
    }
  }
  return ofCode(token);
}

/** @param {string} text @returns {Invite} */
function ofCode(text) {
  const spelled = text.normalize("NFKC").toLowerCase().replace(/[০-৯]/g, (digit) => `${BENGALI_DIGITS.indexOf(digit)}`);
  const [first = "", ...typed] = spelled.match(PART) ?? [];
  const number = first.replace(/^0+/, "");
  if (!NUMBER.test(number)) throw new BadInvite("neither");
  if (typed.length < MIN_WORDS || typed.length > MAX_WORDS) throw new BadInvite("count");
  if (!typed.every((word) => WORD.test(word))) throw new BadInvite("letters");
  const password = typed.map((word) => completeWord(word) ?? word).join("-");
  const code = `${number}-${password}`;
  return { secret: utf8(password), room: `n${number}`, code, token: code };
}

/** @param {Bytes} secret @returns {Promise<Invite>} */
async function ofSecret(secret) {
  const name = await hkdf(secret, new Uint8Array(), ROOM_INFO, 32);
  return { secret, room: toBase64url(name).slice(0, ROOM_CHARACTERS), code: null, token: toBase64url(secret) };
}
