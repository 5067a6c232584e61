// Which names of a manifest are safe to make on any disk. Twin of peer/names.py, where the reasons stand; driven by
// tests/vectors/names.json. The interface has a sentence for each rule under the catalogue key `unsafe.<rule>`.

/** @typedef {import("../gen/messages.js").Entry} Entry */
/**
 * @typedef {"empty" | "absolute" | "parent" | "drive" | "backslash" | "colon" | "control" | "bidi" | "unicode"
 *   | "trailing" | "device" | "long" | "reserved" | "collision" | "below_file" | "link"} Rule
 */

export const MAX_SEGMENT_BYTES = 255;
export const MAX_DEPTH = 64;
/** That the paths of a manifest may imply: each costs memory before anyone is asked. */
const MAX_FOLDERS = 200_000;
export const PARTIAL_FOLDER = ".twocans";

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
/** Takes no room on a screen. Some of it is needed, as by Bengali, and HFS+ overlooks some of it in names. */
const INVISIBLE = /[\u00ad\u034f\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff]/g;
const DRIVE = /^[A-Za-z]:/;
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])$/i;
/** The folder's name and, on FAT and NTFS, its short one. */
const PARTIAL = /^(?:\.twocans|twocan~[0-9]+)$/;
const bytesOf = (/** @type {string} */ text) => new TextEncoder().encode(text).length;
const visible = (/** @type {string} */ text) => text.replace(INVISIBLE, "");

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
  const tree = new Tree();
  for (const entry of entries) tree.add(entry);
}

/**
 * What two names have in common that are one name on some disk: composed, case folded, without the invisible. Upper
 * then lower case, letter by letter, is Unicode's full case folding but for the dotless i and the capital sharp s.
 * @param {string} path
 */
export function fold(path) {
  return [...visible(path).normalize("NFC")].map(foldLetter).join("").normalize("NFC");
}

/** @param {string} letter */
function foldLetter(letter) {
  if (letter === "ı") return letter;
  return letter === "ẞ" ? "ss" : letter.toUpperCase().toLowerCase();
}

/**
 * The paths of a manifest as folders in folders: each part is looked at once, however many paths begin alike. Nodes are
 * numbered, 0 is the folder that everything lies in. A node is found by its parent and its name, as it was spelt first
 * and as it folds.
 */
class Tree {
  /** @type {Map<string, number>} */
  #nodes = new Map();
  #names = [""];
  /** Null for a folder that no entry is about. @type {(string | null)[]} */
  #kinds = ["dir"];
  /** The path that a node was made for. */
  #first = [""];
  #folders = 0;
  /** The folder of the entry before: the next one often lies there too. */
  #last = { folder: "", node: 0 };

  /** @param {Pick<Entry, "path" | "kind" | "target">} entry */
  add({ path, kind, target }) {
    const rule = brokenText(path);
    if (rule) throw new UnsafeName(path, rule);
    const cut = path.lastIndexOf("/");
    const folder = path.slice(0, Math.max(0, cut));
    if (folder !== this.#last.folder) this.#last = { folder, node: this.#enter(path, folder) };
    this.#put(path, kind, this.#last.node, path.slice(cut + 1));
    if (kind === "link") checkLink(path, target);
  }

  /** @param {string} path @param {string} folder */
  #enter(path, folder) {
    let node = 0;
    for (const name of folder ? folder.split("/") : []) {
      const parent = node;
      node = this.#find(path, parent, name);
      if (node < 0) {
        node = this.#make(path, parent, name, null);
        this.#folders += 1;
        if (this.#folders > MAX_FOLDERS) throw new UnsafeName(path, "long");
      } else if ((this.#kinds[node] ?? "dir") !== "dir") {
        throw new UnsafeName(path, "below_file");
      } else if (this.#names[node] !== name) {
        throw new UnsafeName(path, "collision");
      }
    }
    return node;
  }

  /** @param {string} path @param {string} kind @param {number} parent @param {string} name */
  #put(path, kind, parent, name) {
    const node = this.#find(path, parent, name);
    if (node < 0) this.#make(path, parent, name, kind);
    else if (this.#kinds[node] === null && kind !== "dir") throw new UnsafeName(this.#first[node], "below_file");
    else if (this.#kinds[node] !== null || this.#names[node] !== name) throw new UnsafeName(path, "collision");
    else this.#kinds[node] = "dir";
  }

  /** The node of that name, however it is spelt; -1 if there is none, and then the name is a safe one. @param {string} path @param {number} parent @param {string} name */
  #find(path, parent, name) {
    const known = this.#nodes.get(`${parent}/${name}`);
    if (known !== undefined) return known;
    const rule = brokenSegment(name, parent === 0);
    if (rule) throw new UnsafeName(path, rule);
    return this.#nodes.get(`${parent}/${fold(name)}`) ?? -1;
  }

  /** @param {string} path @param {number} parent @param {string} name @param {string | null} kind */
  #make(path, parent, name, kind) {
    const node = this.#names.length;
    this.#nodes.set(`${parent}/${name}`, node).set(`${parent}/${fold(name)}`, node);
    this.#names.push(name);
    this.#kinds.push(kind);
    this.#first.push(path);
    return node;
  }
}

/** @param {string} path @returns {Rule | null} */
function brokenRule(path) {
  const rule = brokenText(path);
  if (rule) return rule;
  for (const [index, segment] of path.split("/").entries()) {
    const broken = brokenSegment(segment, index === 0);
    if (broken) return broken;
  }
  return null;
}

/** Rules about a path as a whole. @param {string} path @returns {Rule | null} */
function brokenText(path) {
  if (!path.isWellFormed()) return "unicode";
  if (path.includes("\\")) return "backslash";
  if (CONTROL.test(path)) return "control";
  if (BIDI.test(path)) return "bidi";
  if (path.normalize("NFC") !== path) return "unicode";
  if (path.startsWith("/")) return "absolute";
  if (DRIVE.test(path)) return "drive";
  return path.split("/").length > MAX_DEPTH ? "long" : null;
}

/** @param {string} segment @param {boolean} top @returns {Rule | null} */
function brokenSegment(segment, top) {
  const shown = visible(segment);
  if (!shown) return "empty";
  if (shown === "." || shown === "..") return "parent";
  if (shown.includes(":")) return "colon";
  if (shown.endsWith(".") || shown.endsWith(" ")) return "trailing";
  if (top && PARTIAL.test(fold(segment))) return "reserved";
  if (DEVICE.test(shown.split(".")[0].replace(/ +$/, ""))) return "device";
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
