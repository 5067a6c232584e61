// Binary frames on a transfer's lane. Twin of peer/wire/frames.py, driven by tests/vectors/frames.json; the table of
// frames stands there.

import {
  FrameType, HEADER_BYTES, MAX_FILE_BYTES, MAX_LANES, MAX_MESSAGE, MAX_WANTED_LEAVES, SMALL_BYTES, SMALL_HEADER_BYTES,
} from "../gen/messages.js";
import { Malformed } from "./codec.js";

/**
 * @typedef {object} Frame
 * @property {number} type  one of FrameType
 * @property {number} file
 * @property {number} leaf
 * @property {number} offset
 * @property {Uint8Array<ArrayBuffer>} payload  a view into the message it came in
 */
/** @typedef {readonly [file: number, first: number, leaves: number]} Range  0 leaves ask for the file's DONE alone */
/** @typedef {readonly [lane: number, bytes: number]} Total  what has come over a lane; the main lane is 0 */
/** @typedef {{file: number, length: number, sha256: Uint8Array}} Small  a whole small file on its way */

const RANGE_BYTES = 12;
const DONE_BYTES = 40;
const GOT_BYTES = 12;
const HASH_BYTES = 32;
const TYPES = new Set(Object.values(FrameType));

/**
 * Writes a header; a sender that reads straight into a frame's buffer puts it before the payload.
 * @param {Uint8Array} frame  at least HEADER_BYTES long
 * @param {number} type @param {number} file @param {number} leaf @param {number} offset
 */
export function putHeader(frame, type, file, leaf, offset) {
  const view = new DataView(frame.buffer, frame.byteOffset, HEADER_BYTES);
  view.setUint8(0, type);
  view.setUint32(1, file);
  view.setUint32(5, leaf);
  view.setUint32(9, offset);
}

/**
 * A frame as one data channel message.
 * @param {number} type @param {number} file @param {number} leaf @param {number} offset @param {Uint8Array} payload
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function pack(type, file, leaf, offset, payload) {
  const frame = new Uint8Array(HEADER_BYTES + payload.length);
  putHeader(frame, type, file, leaf, offset);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/**
 * One data channel message as a frame.
 * @param {ArrayBuffer | Uint8Array<ArrayBuffer>} message @returns {Frame}
 * @throws {Malformed} shorter than a header, an unknown type, or more than a frame may carry
 */
export function unpack(message) {
  const data = message instanceof Uint8Array ? message : new Uint8Array(message);
  if (data.length < HEADER_BYTES || data.length > MAX_MESSAGE) throw new Malformed(`no frame has ${data.length} bytes`);
  const view = viewOf(data);
  const type = view.getUint8(0);
  if (!TYPES.has(/** @type {any} */ (type))) throw new Malformed(`no frame has type ${type}`);
  const [file, leaf, offset] = [view.getUint32(1), view.getUint32(5), view.getUint32(9)];
  return { type, file, leaf, offset, payload: data.subarray(HEADER_BYTES) };
}

/**
 * Payload bytes of each frame but the last, when `length` bytes are cut into equal frames that fit a message.
 * @param {number} length @param {number} maxMessage  of the channel
 */
export function cut(length, maxMessage) {
  const frames = Math.ceil(length / (Math.min(maxMessage, MAX_MESSAGE) - HEADER_BYTES));
  return Math.ceil(length / frames);
}

/** A WANT frame. @param {readonly Range[]} ranges */
export const packWant = (ranges) => packRanges(FrameType.WANT, ranges);

/** As many HAVE frames as it takes. @param {readonly Range[]} ranges */
export function* packHave(ranges) {
  for (let start = 0; start < ranges.length; start += MAX_WANTED_LEAVES) {
    yield packRanges(FrameType.HAVE, ranges.slice(start, start + MAX_WANTED_LEAVES));
  }
}

/** The ranges of a WANT or HAVE frame. @param {Uint8Array} payload @returns {Range[]} @throws {Malformed} */
export function readRanges(payload) {
  const count = payload.length / RANGE_BYTES;
  if (!Number.isInteger(count) || !count || count > MAX_WANTED_LEAVES) throw new Malformed("no frame of ranges");
  const view = viewOf(payload);
  return Array.from({ length: count }, (_, index) => {
    const at = index * RANGE_BYTES;
    return [view.getUint32(at), view.getUint32(at + 4), view.getUint32(at + 8)];
  });
}

/**
 * A FILES frame of small files and their bytes; the caller keeps it within PACK_BYTES.
 * @param {readonly (readonly [small: Small, data: Uint8Array])[]} files
 */
export function packFiles(files) {
  const frame = new Uint8Array(files.reduce((size, [, data]) => size + SMALL_HEADER_BYTES + data.length, HEADER_BYTES));
  putHeader(frame, FrameType.FILES, 0, files.length, 0);
  const view = viewOf(frame);
  let at = HEADER_BYTES;
  for (const [{ file, length, sha256 }, data] of files) {
    view.setUint32(at, file);
    view.setUint32(at + 4, length);
    frame.set(sha256, at + 8);
    frame.set(data, at + SMALL_HEADER_BYTES);
    at += SMALL_HEADER_BYTES + data.length;
  }
  return frame;
}

/**
 * The files of a FILES frame, each with a view of its bytes.
 * @param {Frame} frame @returns {[small: Small, data: Uint8Array<ArrayBuffer>][]} @throws {Malformed}
 */
export function readFiles({ leaf, payload }) {
  /** @type {[Small, Uint8Array<ArrayBuffer>][]} */
  const files = [];
  const view = viewOf(payload);
  for (let at = 0; at < payload.length;) {
    const start = at + SMALL_HEADER_BYTES;
    if (start > payload.length) throw new Malformed("a FILES frame ends within a file's header");
    const [file, length] = [view.getUint32(at), view.getUint32(at + 4)];
    if (!length || length > SMALL_BYTES || start + length > payload.length) {
      throw new Malformed(`a FILES frame does not hold a file of ${length} bytes`);
    }
    files.push([{ file, length, sha256: payload.slice(at + 8, start) }, payload.subarray(start, start + length)]);
    at = start + length;
  }
  if (!files.length || files.length !== leaf) {
    throw new Malformed(`a FILES frame says that it has ${leaf} files and has ${files.length}`);
  }
  return files;
}

/** A GOT frame. @param {readonly Total[]} totals */
export function packGot(totals) {
  const payload = new Uint8Array(totals.length * GOT_BYTES);
  const view = viewOf(payload);
  totals.forEach(([lane, bytes], index) => {
    view.setUint32(index * GOT_BYTES, lane);
    view.setBigUint64(index * GOT_BYTES + 4, BigInt(bytes));
  });
  return pack(FrameType.GOT, 0, 0, 0, payload);
}

/** The totals of a GOT frame. @param {Uint8Array} payload @returns {Total[]} @throws {Malformed} */
export function readGot(payload) {
  const count = payload.length / GOT_BYTES;
  if (!Number.isInteger(count) || !count || count > MAX_LANES) throw new Malformed("no GOT frame");
  const view = viewOf(payload);
  return Array.from({ length: count }, (_, index) =>
    [view.getUint32(index * GOT_BYTES), Number(view.getBigUint64(index * GOT_BYTES + 4))]);
}

/** A LEAF frame. @param {number} file @param {number} leaf @param {number} length @param {Uint8Array} sha256 */
export const packLeaf = (file, leaf, length, sha256) => pack(FrameType.LEAF, file, leaf, length, sha256);

/** The hash in a LEAF frame. @param {Uint8Array} payload @returns {Uint8Array} a copy @throws {Malformed} */
export function readLeaf(payload) {
  if (payload.length !== HASH_BYTES) throw new Malformed(`a LEAF frame carries ${HASH_BYTES} bytes`);
  return payload.slice();
}

/** A DONE frame. @param {number} file @param {number} size @param {Uint8Array} root */
export function packDone(file, size, root) {
  const payload = new Uint8Array(DONE_BYTES);
  viewOf(payload).setBigUint64(0, BigInt(size));
  payload.set(root, 8);
  return pack(FrameType.DONE, file, 0, 0, payload);
}

/** Size and root of a DONE frame. @param {Uint8Array} payload @throws {Malformed} */
export function readDone(payload) {
  if (payload.length !== DONE_BYTES) throw new Malformed(`a DONE frame carries ${DONE_BYTES} bytes`);
  const size = Number(viewOf(payload).getBigUint64(0));
  if (size > MAX_FILE_BYTES) throw new Malformed(`no file has ${size} bytes`);
  return { size, root: payload.slice(8) };
}

/** @param {number} type @param {readonly Range[]} ranges */
function packRanges(type, ranges) {
  const payload = new Uint8Array(ranges.length * RANGE_BYTES);
  const view = viewOf(payload);
  ranges.flat().forEach((value, index) => view.setUint32(index * 4, value));
  return pack(type, 0, 0, 0, payload);
}

/** @param {Uint8Array} data */
const viewOf = (data) => new DataView(data.buffer, data.byteOffset, data.byteLength);
