// Which names of a manifest are safe to make on any disk. Twin of peer/names.py, where the reasons stand; driven by
// tests/vectors/names.json. The interface has a sentence for each rule under the catalogue key `unsafe.<rule>`.

/** @typedef {import("../gen/messages.js").Entry} Entry */
/**
 * @typedef {"empty" | "absolute" | "parent" | "drive" | "backslash" | "colon" | "control" | "bidi" | "unicode"
 *   | "trailing" | "device" | "long" | "reserved" | "collision" | "below_file" | "link"} Rule
 */

export const MAX_SEGMENT_BYTES = 255;
export const MAX_DEPTH = 64;
export const PARTIAL_FOLDER = ".twocans";

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const DRIVE = /^[A-Za-z]:/;
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])$/i;
const bytesOf = (/** @type {string} */ text) => new TextEncoder().encode(text).length;

/** A name that must not be made. */
export class UnsafeName extends Error {
  /** @param {string} path  as it came @param {Rule} rule  which it breaks */
  constructor(path, rule) {
    super(`unsafe name (${rule}): ${JSON.stringify(path.slice(0, 120))}`);
    this.path = path;
    this.rule = rule;
  }
}

/** One path by itself. @param {string} path @throws {UnsafeName} */
export function checkPath(path) {
  const rule = brokenRule(path);
  if (rule) throw new UnsafeName(path, rule);
}

/**
 * A whole manifest: every path, every link, and what the paths are to each other.
 * @param {readonly Pick<Entry, "path" | "kind" | "target">[]} entries @throws {UnsafeName}
 */
export function checkEntries(entries) {
  /** @type {Map<string, string>} */ const kinds = new Map();
  /** @type {Map<string, string>} */ const spellings = new Map();
  for (const { path, kind, target } of entries) {
    checkPath(path);
    if (kind === "link") checkLink(path, target);
    const key = fold(path);
    if (kinds.has(key)) throw new UnsafeName(path, "collision");
    kinds.set(key, kind);
    spellings.set(key, path);
  }
  for (const { path } of entries) checkFolders(path, kinds, spellings);
}

/**
 * What two names have in common that are one name on some disk: case folded, composed. Upper then lower case, letter by
 * letter, is Unicode's full case folding but for the dotless i.
 * @param {string} path
 */
export function fold(path) {
  const letters = [...path.normalize("NFC")];
  const folded = letters.map((letter) => (letter === "ı" ? letter : letter.toUpperCase().toLowerCase()));
  return folded.join("").normalize("NFC");
}

/** @param {string} path @returns {Rule | null} */
function brokenRule(path) {
  if (!path.isWellFormed()) return "unicode";
  if (path.includes("\\")) return "backslash";
  if (CONTROL.test(path)) return "control";
  if (BIDI.test(path)) return "bidi";
  if (path.normalize("NFC") !== path) return "unicode";
  if (path.startsWith("/")) return "absolute";
  if (DRIVE.test(path)) return "drive";
  const segments = path.split("/");
  if (fold(segments[0]) === PARTIAL_FOLDER) return "reserved";
  if (segments.length > MAX_DEPTH) return "long";
  for (const segment of segments) {
    const rule = brokenSegment(segment);
    if (rule) return rule;
  }
  return null;
}

/** @param {string} segment @returns {Rule | null} */
function brokenSegment(segment) {
  if (!segment) return "empty";
  if (segment === "." || segment === "..") return "parent";
  if (segment.includes(":")) return "colon";
  if (segment.endsWith(".") || segment.endsWith(" ")) return "trailing";
  if (DEVICE.test(segment.split(".")[0].replace(/ +$/, ""))) return "device";
  if (bytesOf(segment) > MAX_SEGMENT_BYTES) return "long";
  return null;
}

/** @param {string} path @param {string} target */
function checkLink(path, target) {
  const segments = target.split("/");
  const firstBelow = segments.findIndex((segment) => segment !== "..");
  const climbs = firstBelow < 0 ? segments.length : firstBelow;
  const below = segments.slice(climbs).join("/");
  const inside = path.split("/").length - 2;
  if (climbs > inside || inside < 0 || (below && brokenRule(below)) || !target) throw new UnsafeName(path, "link");
}

/** @param {string} path @param {Map<string, string>} kinds @param {Map<string, string>} spellings */
function checkFolders(path, kinds, spellings) {
  for (let folder = above(path); folder; folder = above(folder)) {
    const key = fold(folder);
    const known = spellings.get(key);
    if ((kinds.get(key) ?? "dir") !== "dir") throw new UnsafeName(path, "below_file");
    if (known !== undefined && known !== folder) throw new UnsafeName(path, "collision");
    if (known !== undefined && !kinds.has(key)) return;
    spellings.set(key, folder);
  }
}

/** @param {string} path */
const above = (path) => path.slice(0, Math.max(0, path.lastIndexOf("/")));
