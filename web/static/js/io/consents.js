// What a person said yes to in this tab, so that a reloaded page goes on by itself: with the same files, in the same
// room, until they are stopped or removed. The tab forgets it when it is closed.

const KEY = "twocans.accepted";
const MAX = 100;

export class Consents {
  #room = "";

  /** @param {string} room its public name */
  enter(room) {
    this.#room = room;
  }

  /** @param {string} fingerprint */
  given(fingerprint) {
    return this.#read().includes(`${this.#room}/${fingerprint}`);
  }

  /** @param {string} fingerprint */
  give(fingerprint) {
    this.withdraw(fingerprint);
    this.#write([...this.#read(), `${this.#room}/${fingerprint}`].slice(-MAX));
  }

  /** @param {string} fingerprint */
  withdraw(fingerprint) {
    this.#write(this.#read().filter((each) => each !== `${this.#room}/${fingerprint}`));
  }

  /** @returns {string[]} */
  #read() {
    try {
      const said = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
      return Array.isArray(said) ? said.filter((each) => typeof each === "string") : [];
    } catch {
      return [];
    }
  }

  /** @param {string[]} said */
  #write(said) {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(said));
    } catch {
      // Storage is blocked: then the person is asked again.
    }
  }
}
