// Text to message and back; anything that is not exactly a message is refused. Twin of signaling/protocol/codec.py
// and peer/wire/codec.py, driven by tables that web/codegen.py writes from the same types.

import {
  COMMANDS, CONTROLS, ENTRY, INNER_NOTES, MAX_CONTROL_BYTES, MAX_FRAME_BYTES, NOTICES, OUTER_NOTES,
} from "../gen/messages.js";

/**
 * @import { Command, Control, Entry, InnerNote, Kind, Notice, OuterNote, Struct } from "../gen/messages.js"
 * @import { SayCommand, SayControl, SayInnerNote, SayNotice, SayOuterNote } from "../gen/messages.js"
 */

/** They erred: a text is not a message of this protocol. */
export class Malformed extends Error {}

/** A server's frame. @param {string} text @returns {Notice} @throws {Malformed} */
export const decodeNotice = (text) => /** @type {Notice} */ (decode(NOTICES, text, MAX_FRAME_BYTES));

/** A client's frame. @param {string} text @returns {Command} @throws {Malformed} */
export const decodeCommand = (text) => /** @type {Command} */ (decode(COMMANDS, text, MAX_FRAME_BYTES));

/** The body of a relayed frame. @param {string} text @returns {OuterNote} @throws {Malformed} */
export const decodeOuter = (text) => /** @type {OuterNote} */ (decode(OUTER_NOTES, text, MAX_FRAME_BYTES));

/** What was inside a seal. @param {string} text @returns {InnerNote} @throws {Malformed} */
export const decodeInner = (text) => /** @type {InnerNote} */ (decode(INNER_NOTES, text, MAX_FRAME_BYTES));

/** A message of the `control` channel. @param {string} text @returns {Control} @throws {Malformed} */
export const decodeControl = (text) => /** @type {Control} */ (decode(CONTROLS, text, MAX_CONTROL_BYTES));

/** One page of a manifest: a JSON array. @param {string} text @returns {Entry[]} @throws {Malformed} */
export function decodeEntries(text) {
  const value = parse(text, Infinity);
  if (!Array.isArray(value)) throw new Malformed("expected a list of entries");
  return value.map((each, index) => /** @type {Entry} */ (checkStruct(ENTRY, each, `[${index}]`)));
}

/**
 * The text form of a message. Fields with a default may be left out.
 * @param {SayCommand | SayNotice | SayOuterNote | SayInnerNote | SayControl} message
 */
export const encode = (message) => JSON.stringify(message);

/** @param {Readonly<Record<string, Struct>>} table @param {string} text @param {number} limit bytes of UTF-8 */
function decode(table, text, limit) {
  const value = parse(text, limit);
  if (!isObject(value)) throw new Malformed("expected an object");
  const { type, ...fields } = value;
  if (typeof type !== "string" || !Object.hasOwn(table, type)) throw new Malformed("unknown type");
  return { type, ...checkStruct(table[type], fields, type) };
}

/** @param {string} text @param {number} limit bytes of UTF-8 @returns {unknown} */
function parse(text, limit) {
  if (text.length > limit || (text.length * 3 > limit && new TextEncoder().encode(text).length > limit)) {
    throw new Malformed(`longer than ${limit} bytes`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Malformed("not JSON");
  }
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The value with defaults filled in.
 * @param {Struct} struct @param {unknown} value @param {string} path
 * @returns {Record<string, unknown>}
 */
function checkStruct({ fields, defaults }, value, path) {
  if (!isObject(value)) throw new Malformed(`${path}: expected an object`);
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(fields, name)) throw new Malformed(`${path}: unknown field`);
  }
  /** @type {Record<string, unknown>} */
  const whole = {};
  for (const [name, kind] of Object.entries(fields)) {
    if (Object.hasOwn(value, name)) whole[name] = check(kind, value[name], `${path}.${name}`);
    else if (Object.hasOwn(defaults, name)) whole[name] = defaults[name];
    else throw new Malformed(`${path}.${name}: missing`);
  }
  return whole;
}

/** @param {Kind} kind @param {unknown} value @param {string} path @returns {unknown} */
function check(kind, value, path) {
  switch (kind.kind) {
    case "string":
      if (typeof value === "string" && value.isWellFormed() && within(kind, value) && (kind.pattern?.test(value) ?? true)) {
        return value;
      }
      break;
    case "integer":
      if (Number.isSafeInteger(value) && inside(kind, Number(value))) return Number(value) + 0;
      break;
    case "number":
      if (Number.isFinite(value)) return value;
      break;
    case "boolean":
      if (typeof value === "boolean") return value;
      break;
    case "null":
      if (value === null) return null;
      break;
    case "literal":
      if (kind.values.some((each) => each === value)) return value;
      break;
    case "list":
      if (Array.isArray(value) && inside(kind, value.length)) {
        return value.map((each, index) => check(kind.of, each, `${path}[${index}]`));
      }
      break;
    case "struct":
      return checkStruct(kind, value, path);
    case "either":
      return checkEither(kind.of, value, path);
  }
  throw new Malformed(`${path}: not a valid ${kind.kind}`);
}

/** @param {readonly Kind[]} kinds @param {unknown} value @param {string} path */
function checkEither(kinds, value, path) {
  for (const kind of kinds) {
    try {
      return check(kind, value, path);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
    }
  }
  throw new Malformed(`${path}: none of the kinds it may be`);
}

/** @param {{min?: number, max?: number}} bounds @param {number} amount */
const inside = ({ min = -Infinity, max = Infinity }, amount) => amount >= min && amount <= max;

/** Counts code points, as Python does. @param {{min?: number, max?: number}} bounds @param {string} text */
function within(bounds, text) {
  if (bounds.min === undefined && bounds.max === undefined) return true;
  if (text.length <= (bounds.max ?? Infinity) && text.length >= 2 * (bounds.min ?? 0)) return true;
  return inside(bounds, [...text].length);
}
