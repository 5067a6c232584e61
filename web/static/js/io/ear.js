// How loud the voice is that comes over a receiver: what its packets say of themselves (RFC 6464), for those that came last
// (W3C webrtc, RTCRtpContributingSource). Every browser and both engines of a headless peer say it.

/** Without a packet for so long nothing is heard. */
const STALE_MS = 1000;

export class Ear {
  #receiver;
  #stamp = -1;
  #since = 0;

  /** @param {RTCRtpReceiver} receiver */
  constructor(receiver) {
    this.#receiver = receiver;
  }

  /** Root mean square of the last packet, 0 to 1. */
  get level() {
    const [source] = this.#receiver.getSynchronizationSources();
    if (!source) return 0;
    const now = performance.now();
    if (source.rtpTimestamp !== this.#stamp) this.#since = now; // a browser shows the last packet for ten seconds
    this.#stamp = source.rtpTimestamp;
    return now - this.#since < STALE_MS ? (source.audioLevel ?? 0) : 0;
  }
}
