// The whole screen for the call or for one tile, and a tile in a window of its own above all others, where the browser has
// them (WHATWG fullscreen, which an iPhone keeps from pages; W3C picture-in-picture, which older Firefoxes keep from them).

export const CAN_FILL = Boolean(document.fullscreenEnabled);
export const CAN_FLOAT = Boolean(document.pictureInPictureEnabled);

/** Events of the document when another element is enlarged, or none. */
export const ENLARGED = Object.freeze(["fullscreenchange", "enterpictureinpicture", "leavepictureinpicture"]);

/** The tile whose picture has a window of its own. */
export const floatingTile = () => document.pictureInPictureElement?.closest(".tile") ?? null;

export class Enlarging {
  #refused;

  /**
   * @param {AbortSignal} signal ends it
   * @param {() => void} changed  another element is enlarged, or none
   * @param {(key: "fill-refused" | "float-refused") => void} refused  of a notice
   */
  constructor(signal, changed, refused) {
    this.#refused = refused;
    for (const event of ENLARGED) document.addEventListener(event, changed, { signal });
    signal.addEventListener("abort", () => {
      if (document.fullscreenElement) void document.exitFullscreen();
    });
  }

  /** Which tile fills the screen, "page" if the call does with all that belongs to it, "" if nothing does. */
  get filled() {
    const found = document.fullscreenElement;
    return found === document.documentElement ? "page" : tileOf(found);
  }

  /** Which tile floats above all windows, "" if none does. */
  get floating() {
    return tileOf(floatingTile());
  }

  /** Fills the screen with an element; not any more if it does already. @param {Element} element */
  async fill(element) {
    if (!CAN_FILL) return;
    try {
      await (document.fullscreenElement === element ? document.exitFullscreen() : element.requestFullscreen({ navigationUI: "hide" }));
    } catch {
      this.#refused("fill-refused");
    }
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
