// What the others say, to be read along: the sentence that is just being spoken, and the last ones before it.
//
//     heard, and again, and again ──final──► stands for 6 s ──► gone
//
// Pure: what a recogniser makes of the sound, who speaks, and the time go in.

/**
 * @typedef {object} Caption
 * @property {number} id  the same for as long as its sentence grows
 * @property {string} from  id of the peer who spoke when it began; "" when nobody knows
 * @property {string} text
 */
/** @typedef {Caption & {until: number}} Standing  until: seconds */

/** Seconds. A slow reader takes them for two lines. */
const STANDS = 6;
/** Nothing new came for so long: the recogniser has dropped the sentence without a word. */
const GROWS = 10;
const MOST = 3;
/** Characters. Of a sentence without an end the last part is read. */
const LONGEST = 200;

export class Captions {
  /** The oldest first; the same object for as long as nothing changes. @type {readonly Readonly<Caption>[]} */
  lines = Object.freeze([]);
  /** @type {readonly Standing[]} */
  #standing = [];
  #count = 0;
  #grows = false;

  /** Seconds at which a line is to go; Infinity when none is. */
  get deadline() {
    return Math.min(Infinity, ...this.#standing.map(({ until }) => until));
  }

  /**
   * What the recogniser makes of the present sentence by now.
   * @param {string} text @param {boolean} final it will make nothing else of it @param {string} from who speaks @param {number} now seconds
   */
  hear(text, final, from, now) {
    const said = text.trim();
    const before = this.#grows ? this.#standing.at(-1) : undefined;
    const closed = before ? this.#standing.slice(0, -1) : this.#standing;
    this.#grows = !final && said !== "";
    const line = { id: before?.id ?? (this.#count += 1), from: before?.from || from, text: lastPart(said), until: now + (final ? STANDS : GROWS) };
    this.#show(said ? [...closed, line] : closed, now);
  }

  /** @param {number} now seconds */
  look(now) {
    this.#show(this.#standing, now);
  }

  /** @param {readonly Standing[]} standing @param {number} now */
  #show(standing, now) {
    const kept = standing.filter(({ until }) => until > now).slice(-MOST);
    if (this.#grows && kept.at(-1) !== standing.at(-1)) this.#grows = false;
    this.#standing = kept;
    this.lines = Object.freeze(kept.map(({ id, from, text }) => Object.freeze({ id, from, text })));
  }
}

/** @param {string} text */
function lastPart(text) {
  if (text.length <= LONGEST) return text;
  const cut = text.slice(-LONGEST);
  return `… ${cut.slice(cut.indexOf(" ") + 1)}`;
}
