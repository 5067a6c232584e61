// How the pictures are arranged: all alike in a grid, or one of them large in a spotlight and the others in a strip.
//
//     pinned ──────────────► spotlight on it; unpinned, back to what was
//     a screen is shared ──► spotlight on the newest, unless the grid is chosen meanwhile
//     else ────────────────► what was chosen, the spotlight being on who speaks
//
// A picture is named by its peer's id, a shared screen by `screen:` and that. Pure.

/** @typedef {"grid" | "spotlight"} Shape */
/**
 * @typedef {object} Plan
 * @property {Shape} shape
 * @property {string} large  what stands in the spotlight, "" in a grid
 * @property {string} pinned  "" without a pin
 * @property {boolean} choice  whether there is anything to arrange
 */

/** @type {Readonly<Plan>} */
const FIRST = Object.freeze({ shape: "grid", large: "", pinned: "", choice: false });

/** @param {string} peer */
export const screenOf = (peer) => `screen:${peer}`;

export class Layout {
  /** @type {Readonly<Plan>} */
  plan = FIRST;
  #chosen;
  #pinned = "";
  /** The grid was chosen over the screens that are shared now. */
  #flat = false;
  /** Peers that share one, in the order in which they began. @type {readonly string[]} */
  #screens = [];
  /** @type {readonly string[]} */
  #peers = [];
  #active = "";

  /** @param {Shape} chosen the last time */
  constructor(chosen) {
    this.#chosen = chosen;
  }

  /** What is to be remembered. */
  get chosen() {
    return this.#chosen;
  }

  /** Who is there now. @param {readonly string[]} peers @param {readonly string[]} screens peers that share one @param {string} active who speaks */
  follow(peers, screens, active) {
    this.#peers = peers;
    this.#screens = [...this.#screens.filter((each) => screens.includes(each)), ...screens.filter((each) => !this.#screens.includes(each))];
    this.#active = active;
    if (!this.#screens.length) this.#flat = false;
    if (![...peers, ...screens.map(screenOf)].includes(this.#pinned)) this.#pinned = "";
    this.#arrange();
  }

  /** Pins a picture; once more takes the pin off. @param {string} picture */
  pin(picture) {
    this.#pinned = picture === this.#pinned ? "" : picture;
    this.#arrange();
  }

  /** From the grid to the spotlight, or back; while a screen is shared, for as long as that is. */
  turn() {
    const grid = this.plan.shape === "spotlight";
    if (this.#screens.length) this.#flat = grid;
    else this.#chosen = grid ? "grid" : "spotlight";
    this.#pinned = "";
    this.#arrange();
  }

  #arrange() {
    const choice = this.#peers.length + this.#screens.length > 1;
    const wanted = this.#screens.length ? !this.#flat : this.#chosen === "spotlight";
    const shape = choice && (this.#pinned || wanted) ? "spotlight" : "grid";
    this.plan = Object.freeze({ shape, large: shape === "grid" ? "" : this.#pinned || this.#lit(), pinned: this.#pinned, choice });
  }

  /** Where the light falls without a pin. */
  #lit() {
    const newest = this.#screens.at(-1);
    if (newest !== undefined) return screenOf(newest);
    return this.#peers.includes(this.#active) ? this.#active : (this.#peers[0] ?? "");
  }
}
