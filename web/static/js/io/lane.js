// One data channel of a transfer: keeps what comes until somebody listens, and lets a sender wait for room.

/**
 * @typedef {object} Listener
 * @property {() => void} opened
 * @property {(message: ArrayBuffer) => void} message
 * @property {() => void} closed
 */

/** Above this the sender waits; Chromium's `send` throws at 16 MiB. */
export const HIGH_WATER = 8 * 1024 * 1024;
/** The same while a call runs beside: voice and picture wait behind no more than this. */
export const CALL_WATER = 256 * 1024;
/** The same in a lane that is one of several: what waits there cannot go another way. */
export const NARROW_WATER = 64 * 1024;
/** What is left of it when the sender goes on. */
const LOW_SHARE = 1 / 8;
/** What may have been said before anybody listens, which is for moments only. */
const MAX_UNHEARD = 8 * 1024 * 1024;

/** The channel is gone; its `closed` has said so. */
export class LaneClosed extends Error {}

export class Lane {
  #channel;
  /** @type {Listener | null} */
  #listen = null;
  /** @type {ArrayBuffer[]} */
  #unheard = [];
  #unheardBytes = 0;
  /** @type {(() => void)[]} */
  #waiting = [];
  /** Called whenever there may be room again. */
  roomy = () => {};

  /** @param {RTCDataChannel} channel */
  constructor(channel) {
    this.#channel = channel;
    channel.binaryType = "arraybuffer";
    channel.onopen = () => this.#listen?.opened();
    channel.onmessage = ({ data }) => this.#take(data);
    channel.onbufferedamountlow = () => this.#wake();
    channel.onclose = () => {
      this.#wake();
      this.#listen?.closed();
    };
  }

  /** The transfer that the label names. */
  get transfer() {
    return this.#channel.label.split("/")[1] ?? "";
  }

  /** @param {Listener} listener hears now what came before */
  listen(listener) {
    this.#listen = listener;
    if (this.#channel.readyState === "open") listener.opened();
    for (const message of this.#unheard.splice(0)) listener.message(message);
    if (this.#channel.readyState === "closed") listener.closed();
  }

  /** What was handed over and has not left yet. */
  get bufferedBytes() {
    return this.#channel.bufferedAmount;
  }

  /** Whether `send` would not wait. @param {number} most bytes that may lie here */
  hasRoom(most) {
    this.#channel.bufferedAmountLowThreshold = most * LOW_SHARE;
    return this.#channel.readyState === "open" && this.#channel.bufferedAmount <= most;
  }

  /**
   * Sends one message; first waits for room.
   * @param {Uint8Array<ArrayBuffer>} message @param {number} [most] bytes that may lie here, this message aside
   * @throws {LaneClosed}
   */
  async send(message, most = HIGH_WATER) {
    const channel = this.#channel;
    while (!this.hasRoom(most) && channel.readyState === "open") {
      await new Promise((resolve) => this.#waiting.push(() => resolve(undefined)));
    }
    if (channel.readyState !== "open") throw new LaneClosed();
    channel.send(message);
  }

  /** Nothing is heard of it any more. */
  close() {
    this.#listen = null;
    this.#unheard = [];
    this.#channel.close();
    this.#wake();
  }

  /** @param {unknown} data */
  #take(data) {
    if (!(data instanceof ArrayBuffer)) return this.#channel.close();
    if (this.#listen) return this.#listen.message(data);
    this.#unheardBytes += data.byteLength;
    if (this.#unheardBytes > MAX_UNHEARD) return this.#channel.close();
    this.#unheard.push(data);
  }

  #wake() {
    for (const resume of this.#waiting.splice(0)) resume();
    this.roomy();
  }
}
