// Voices and the sound of screens, mixed into one track.

/** A browser without a sound card says that it plays, or is about to, and its clock stands still. */
const PATIENCE_MS = 1000;
const AGAIN_MS = 20;

export class Mixer {
  #context = new AudioContext();
  #out = this.#context.createMediaStreamDestination();
  /** @type {Map<MediaStreamTrack, MediaStreamAudioSourceNode>} */
  #sources = new Map();

  /** @param {number} [channels] of the track */
  constructor(channels = 2) {
    this.#out.channelCount = channels;
    const silence = new ConstantSourceNode(this.#context, { offset: 0 }); // nobody may be there to be heard, and the track has to go on
    silence.connect(this.#out);
    silence.start();
  }

  get track() {
    return this.#out.stream.getAudioTracks()[0];
  }

  /** Whether anything will come out. */
  async runs() {
    void this.#context.resume().catch(() => {});
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))) {
      if (this.#context.currentTime > 0) return true;
    }
    return false;
  }

  /** Exactly these are mixed. @param {readonly MediaStreamTrack[]} tracks */
  follow(tracks) {
    for (const [track, source] of this.#sources) {
      if (tracks.includes(track)) continue;
      source.disconnect();
      this.#sources.delete(track);
    }
    for (const track of tracks) {
      if (this.#sources.has(track) || track.readyState === "ended") continue;
      const source = this.#context.createMediaStreamSource(new MediaStream([track]));
      source.connect(this.#out);
      this.#sources.set(track, source);
    }
  }

  close() {
    this.follow([]);
    void this.#context.close();
  }
}
