// Who speaks now, and whom one would look at: from how loud each of them is, a few times a second, made calm.
//
//     silent ──loud twice──► speaks ──1 s without a sound──► silent          a pause between two words changes nothing
//     active ◄── whoever has made 0.7 s of sound, once the active one is silent: a cough is shorter
//            ◄── or 2.5 s of it, at twice the loudness of the active one: a fan, or a street, does not hold the stage
//
// Who was active stays so while all are silent. Pure: levels and the time go in.

/**
 * @typedef {object} Talk
 * @property {readonly string[]} speaking  ids of those who speak now
 * @property {string} active  id of the other who speaks, or spoke last; "" before anybody did
 */
/**
 * @typedef {object} Turn  what one has said since one was silent
 * @property {number} looks  that heard it
 * @property {number} sound  seconds of it
 * @property {number} last  when it was heard last
 * @property {number} loudness  of the last second or so
 */

/** Root mean square of what is speech, where 1 is the loudest that there is: −40 dBov (RFC 6464). */
const LOUD = 0.01;
const LOOKS = 2;
/** Seconds. */
const PAUSE = 1;
const TAKES = 0.7;
const INTERRUPTS = 2.5;
/** Nobody knows what was between two looks that lie further apart. */
const LONGEST_LOOK = 0.3;
const LOUDER = 2;

/** @type {Talk} */
const NOBODY = Object.freeze({ speaking: Object.freeze([]), active: "" });

export class Speaking {
  /** The same object for as long as nothing changes. @type {Talk} */
  now = NOBODY;
  #me;
  /** @type {Map<string, Turn>} */
  #turns = new Map();
  /** @type {number | null} */
  #looked = null;

  /** @param {string} me who speaks like the others, but is never the one to look at */
  constructor(me) {
    this.#me = me;
  }

  /**
   * What is true after this look.
   * @param {ReadonlyMap<string, number | null>} levels of everyone who is there, 0 to 1; null for who cannot be heard
   * @param {number} now seconds
   * @returns {Talk}
   */
  hear(levels, now) {
    const passed = Math.min(now - (this.#looked ?? now), LONGEST_LOOK);
    this.#looked = now;
    for (const id of this.#turns.keys()) if (!levels.has(id)) this.#turns.delete(id);
    for (const [id, level] of levels) this.#listen(id, level, now, passed);
    const speaking = [...levels.keys()].filter((id) => this.#speaks(id));
    const active = this.#nextActive(levels.has(this.now.active) ? this.now.active : "");
    const same = active === this.now.active && speaking.join() === this.now.speaking.join();
    if (!same) this.now = Object.freeze({ speaking: Object.freeze(speaking), active });
    return this.now;
  }

  /** @param {string} id @param {number | null} level @param {number} now @param {number} passed */
  #listen(id, level, now, passed) {
    const loud = level !== null && level >= LOUD;
    const turn = this.#turns.get(id) ?? (loud ? { looks: 0, sound: 0, last: now, loudness: level } : null);
    if (!turn) return;
    if (level === null || now - turn.last > PAUSE) return void this.#turns.delete(id);
    this.#turns.set(id, {
      looks: turn.looks + Number(loud),
      sound: turn.sound + (loud ? passed : 0),
      last: loud ? now : turn.last,
      loudness: turn.loudness + (level - turn.loudness) * passed,
    });
  }

  /** @param {string} id */
  #speaks(id) {
    return (this.#turns.get(id)?.looks ?? 0) >= LOOKS;
  }

  /** @param {string} active until now */
  #nextActive(active) {
    const held = this.#speaks(active) ? this.#turns.get(active) : null;
    let next = active;
    let most = 0;
    for (const [id, { sound, loudness }] of this.#turns) {
      if (id === this.#me || id === active || !this.#speaks(id) || sound <= most) continue;
      const takes = held ? sound >= INTERRUPTS && loudness >= LOUDER * held.loudness : sound >= TAKES;
      if (takes) [next, most] = [id, sound];
    }
    return next;
  }
}
