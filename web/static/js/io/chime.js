// Three soft tones, like a string that is plucked, to try out a speaker. They go the way that voices go: through a media
// element, which alone can be sent to a speaker of one's choice everywhere.
//
//     oscillators ─► envelopes ─► MediaStream ─► <audio> ─► speaker

const TONES_HZ = [523.25, 659.25, 783.99]; // C, E, G
const APART_S = 0.22;
const RINGS_S = 0.9;
const LOUDNESS = 0.22;
/** A browser without any sound device never says that it has played. */
const PATIENCE_MS = 6000;

/** Plays them to their end. @param {string} speaker device id, "" for the system's @throws {unknown} when nothing can be heard */
export async function chime(speaker) {
  const context = new AudioContext();
  const element = new Audio();
  try {
    const out = context.createMediaStreamDestination();
    element.srcObject = out.stream;
    if (speaker) await element.setSinkId(speaker);
    await inTime(Promise.all([context.resume(), element.play()]));
    const start = context.currentTime + 0.1; // the element has begun by then
    await inTime(Promise.all(TONES_HZ.map((pitch, nth) => pluck(context, out, pitch, start + nth * APART_S))));
  } finally {
    element.srcObject = null;
    void context.close();
  }
}

/** @param {AudioContext} context @param {AudioNode} out @param {number} pitch @param {number} start */
function pluck(context, out, pitch, start) {
  const end = start + RINGS_S;
  const envelope = new GainNode(context, { gain: 0 });
  envelope.gain.setValueAtTime(0, start);
  envelope.gain.linearRampToValueAtTime(LOUDNESS, start + 0.012); // at once would click
  envelope.gain.exponentialRampToValueAtTime(0.0005, end);
  envelope.connect(out);
  const string = new OscillatorNode(context, { type: "triangle", frequency: pitch });
  string.connect(envelope);
  string.start(start);
  string.stop(end);
  return new Promise((resolve) => string.addEventListener("ended", resolve));
}

/** @template T @param {Promise<T>} promise @returns {Promise<T>} */
function inTime(promise) {
  return Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error("nothing plays")), PATIENCE_MS))]);
}
