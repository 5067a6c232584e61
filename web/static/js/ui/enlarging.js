// The whole screen for the call or for one tile, and a tile in a window of its own above all others, where the browser has
// them (WHATWG fullscreen, which an iPhone keeps from pages; W3C picture-in-picture, which older Firefoxes keep from them).
//
// It is always the page that the browser enlarges: beside an element of it, whoever knocks could be seen and not be let in,
// for Chromium makes all inert that is outside of it.

export const CAN_FILL = Boolean(document.fullscreenEnabled);
export const CAN_FLOAT = Boolean(document.pictureInPictureEnabled);

/** Events of the document when another element is enlarged, or none. */
export const ENLARGED = Object.freeze(["fullscreenchange", "enterpictureinpicture", "leavepictureinpicture"]);

/** The tile whose picture has a window of its own. */
export const floatingTile = () => document.pictureInPictureElement?.closest(".tile") ?? null;

export class Enlarging {
  #changed;
  #refused;
  /** The tile that lies over the page where that fills the screen; "" for none. */
  #tile = "";

  /**
   * @param {AbortSignal} signal ends it
   * @param {() => void} changed  another element is enlarged, or none
   * @param {(key: "fill-refused" | "float-refused") => void} refused  of a notice
   */
  constructor(signal, changed, refused) {
    this.#changed = changed;
    this.#refused = refused;
    for (const event of ENLARGED) document.addEventListener(event, changed, { signal });
    signal.addEventListener("abort", () => {
      if (document.fullscreenElement) void document.exitFullscreen();
    });
  }

  /** Which tile fills the screen, "page" if the call does with all that belongs to it, "" if nothing does. */
  get filled() {
    return document.fullscreenElement ? this.#tile || "page" : "";
  }

  /** Which tile floats above all windows, "" if none does. */
  get floating() {
    return tileOf(floatingTile());
  }

  /** Fills the screen with a tile, or with the page; not any more if it does already. @param {Element | null} tile */
  async fill(tile) {
    if (!CAN_FILL) return;
    const wanted = tileOf(tile);
    try {
      if (this.filled === (wanted || "page")) return await document.exitFullscreen();
      this.#tile = wanted;
      if (document.fullscreenElement) this.#changed();
      else await document.documentElement.requestFullscreen({ navigationUI: "hide" });
    } catch {
      this.#refused("fill-refused");
    }
  }

  /** After each drawing: a tile that is gone fills nothing. @param {HTMLElement} host */
  follow(host) {
    if (!document.fullscreenElement || !this.#tile || host.querySelector(".tile[data-filled]")) return;
    this.#tile = "";
    void document.exitFullscreen();
  }

  /** Lets a picture float; no more if it does already. @param {HTMLVideoElement} video */
  async float(video) {
    try {
      await (document.pictureInPictureElement === video ? document.exitPictureInPicture() : video.requestPictureInPicture());
    } catch {
      this.#refused("float-refused");
    }
  }
}

/** @param {Element | null} tile */
const tileOf = (tile) => (tile instanceof HTMLElement ? tile.dataset.tile : "") ?? "";
