// One recording while it is made: the composed picture and the mixed sound, encoded by the browser, in parts of some seconds.
//
//     Canvas ─picture─► MediaRecorder ──parts──► Reel
//     Mixer ──track───►                                 drawn at the ticks of a worker, so that a hidden page goes on

import { containerFor, endingOf } from "../core/container.js";
import { scriptUrl } from "./scripts.js";

/** @import { Reel } from "./reel.js" */
/**
 * @typedef {object} Canvas  what draws the picture
 * @property {HTMLCanvasElement} canvas
 * @property {() => void} draw  a frame
 */

const FRAMES = 25;
const PART_MS = 5000;
/** By then the pictures are there, so that the first frame, which a file is often shown by, is not an empty one. */
const FIRST_MS = 200;
const PICTURE_BITS = 2_500_000;
const SOUND_BITS = 96_000;

/** Whether this browser can record at all. */
export const CAN_RECORD = "MediaRecorder" in globalThis && "captureStream" in (globalThis.HTMLCanvasElement?.prototype ?? {});

export class Recorder {
  #drawn;
  #sound;
  #type;
  /** @type {MediaRecorder | null} */
  #recorder = null;
  /** @type {Worker | null} */
  #clock = null;
  /** When the next frame should be drawn, as `performance.now` tells it. */
  #due = 0;
  /** @type {Promise<void>} */
  #written = Promise.resolve();

  /** @param {Canvas} drawn @param {MediaStreamTrack | null} sound */
  constructor(drawn, sound) {
    this.#drawn = drawn;
    this.#sound = sound;
    this.#type = containerFor((each) => MediaRecorder.isTypeSupported(each), sound !== null);
  }

  /** How its file ends. */
  get ending() {
    return endingOf(this.#type);
  }

  /**
   * Resolves once it runs, or was stopped before.
   * @param {Reel} reel @param {(error: unknown) => void} failed  it cannot go on; may be called again
   * @throws {DOMException} the browser does not want to
   */
  async start(reel, failed) {
    this.#clock = new Worker(scriptUrl("tick"));
    this.#clock.onmessage = () => this.#tick();
    this.#tick();
    await new Promise((resolve) => setTimeout(resolve, FIRST_MS));
    if (!this.#clock) return;
    const stream = this.#drawn.canvas.captureStream(FRAMES);
    if (this.#sound) stream.addTrack(this.#sound);
    this.#recorder = new MediaRecorder(stream, { ...(this.#type && { mimeType: this.#type }), videoBitsPerSecond: PICTURE_BITS, audioBitsPerSecond: SOUND_BITS });
    this.#recorder.addEventListener("dataavailable", ({ data }) => {
      if (data.size) this.#written = this.#written.then(() => reel.add(data));
      this.#written.catch(failed);
    });
    this.#recorder.addEventListener("error", (event) => failed(/** @type {ErrorEvent} */ (event).error));
    this.#recorder.start(PART_MS);
  }

  /** Draws, and is called again in time. Where drawing is slow, the page gets as long for all else as that took. */
  #tick() {
    const began = performance.now();
    this.#drawn.draw();
    const now = performance.now();
    this.#due = Math.max(this.#due, began) + 1000 / FRAMES;
    this.#clock?.postMessage(Math.max(this.#due - now, now - began));
  }

  /** Resolves once the last part is written, or cannot be. */
  async stop() {
    this.#clock?.terminate();
    this.#clock = null;
    const recorder = this.#recorder;
    if (recorder && recorder.state !== "inactive") {
      const ended = new Promise((resolve) => recorder.addEventListener("stop", resolve));
      recorder.stop();
      await ended;
    }
    for (const track of recorder?.stream.getVideoTracks() ?? []) track.stop();
    await this.#written.catch(() => {});
  }
}
