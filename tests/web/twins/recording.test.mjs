// Who is in a recording: nobody who could not be told. The browser is made of little more than names here.

import assert from "node:assert/strict";
import { test } from "node:test";

/** @typedef {import("../../../web/static/js/io/peer.js").Peer} Peer */
/** @typedef {import("../../../web/static/js/io/recording.js").Shot} Shot */

class Track {
  readyState = "live";
  /** @param {string} kind */
  constructor(kind) {
    this.kind = kind;
  }
  stop() {}
}

class Stream {
  /** @param {Track[]} tracks */
  constructor(tracks = []) {
    this.tracks = tracks;
  }
  getAudioTracks() {
    return this.tracks.filter(({ kind }) => kind === "audio");
  }
  getVideoTracks() {
    return this.tracks.filter(({ kind }) => kind === "video");
  }
  /** @param {Track} track */
  addTrack(track) {
    this.tracks.push(track);
  }
}

/** What is mixed now. @type {Set<Track>} */
const mixed = new Set();

class Context {
  currentTime = 1;
  createMediaStreamDestination() {
    return { stream: new Stream([new Track("audio")]) };
  }
  /** @param {Stream} stream */
  createMediaStreamSource({ tracks: [track] }) {
    return { connect: () => mixed.add(track), disconnect: () => mixed.delete(track) };
  }
  async resume() {}
  async close() {}
}

class Encoder extends EventTarget {
  static refuses = false;
  static isTypeSupported = () => true;
  state = "inactive";
  /** @param {Stream} stream */
  constructor(stream) {
    super();
    this.stream = stream;
    if (Encoder.refuses) throw new DOMException("no", "NotSupportedError");
  }
  start() {
    this.state = "recording";
  }
  stop() {
    this.state = "inactive";
    queueMicrotask(() => this.dispatchEvent(new Event("stop")));
  }
}

Object.assign(globalThis, {
  AudioContext: Context,
  ConstantSourceNode: class {
    connect() {}
    start() {}
  },
  HTMLCanvasElement: class {
    captureStream() {}
  },
  MediaRecorder: Encoder,
  MediaStream: Stream,
  Worker: class {
    postMessage() {}
    terminate() {}
  },
});
const { Recording } = await import("../../../web/static/js/io/recording.js");

/** @param {string} name @param {boolean} able whether it can be told */
function person(name, able = true) {
  const stream = new Stream([new Track("video"), new Track("audio")]);
  return {
    id: name,
    name,
    live: true,
    /** @type {unknown[]} */
    heard: [],
    can: (/** @type {string} */ what) => what === "recording" && able,
    say(/** @type {unknown} */ message) {
      this.heard.push(message);
    },
    stream,
    get view() {
      return { id: name, name, kind: "browser", camera: true, stream, screenStream: null };
    },
  };
}

/** @param {ReturnType<typeof person>[]} peers */
function room(...peers) {
  /** @type {Shot[]} */
  const shots = [];
  /** @type {string[]} */
  const notices = [];
  const mic = new Track("audio");
  const recording = new Recording(/** @type {any} */ ({
    name: "me",
    peers: () => peers,
    media: { camera: "off", track: (/** @type {string} */ slot) => (slot === "mic" ? mic : null) },
    notices: { say: (/** @type {string} */ _, /** @type {string} */ key) => notices.push(key) },
    changed: () => {},
  }));
  const compositor = /** @type {any} */ ({ canvas: { captureStream: () => new Stream() }, draw() {}, end() {}, show: (/** @type {Shot} */ shot) => shots.push(shot) });
  const start = () => recording.start(() => compositor);
  const seen = () => {
    recording.follow();
    return shots.at(-1)?.participants.map(({ id }) => id);
  };
  return { recording, start, seen, notices, mic };
}

/** @param {ReturnType<typeof person>} each */
const peer = (each) => /** @type {Peer} */ (/** @type {unknown} */ (each));

test("everybody is told before they are recorded, and told when it is over", async () => {
  const ana = person("ana");
  const { recording, start, seen } = room(ana);
  await start();
  assert.deepEqual(ana.heard, [{ type: "recording", on: true }]);
  assert.deepEqual(seen(), ["me", "ana"]);
  await recording.stop();
  assert.deepEqual(ana.heard.at(-1), { type: "recording", on: false });
  assert.equal(recording.view.own, "off");
});

test("whoever cannot be told is left out, picture and voice, and that is said", async () => {
  const [ana, old] = [person("ana"), person("old", false)];
  const { recording, start, seen, notices, mic } = room(ana, old);
  await start();
  assert.deepEqual(old.heard, []);
  assert.deepEqual(seen(), ["me", "ana"]);
  assert.deepEqual([...mixed], [mic, ...ana.stream.getAudioTracks()]);
  assert.deepEqual(notices, ["recording-without"]);
  await recording.stop();
  assert.equal(mixed.size, 0);
});

test("who comes late is told first; who has another link is told again first", async () => {
  const ana = person("ana");
  const { recording, start, seen } = room();
  await start();
  assert.deepEqual(seen(), ["me"]);
  recording.greet(peer(ana));
  assert.deepEqual(seen(), ["me", "ana"]);
  recording.unlinked(peer(ana));
  assert.deepEqual(seen(), ["me"]);
  assert.equal(mixed.has(ana.stream.getAudioTracks()[0]), false);
  recording.greet(peer(ana));
  assert.equal(ana.heard.length, 2);
  assert.deepEqual(seen(), ["me", "ana"]);
  await recording.stop();
});

test("nobody is told while nothing is recorded", async () => {
  const ana = person("ana");
  const { recording } = room(ana);
  recording.greet(peer(ana));
  await recording.stop();
  assert.deepEqual(ana.heard, []);
});

test("a browser that refuses says so, and takes back what was told", async () => {
  const { recording, start, notices } = room(person("ana"));
  Encoder.refuses = true;
  await start();
  Encoder.refuses = false;
  assert.deepEqual(notices, ["recording-refused"]);
  assert.equal(recording.view.own, "off");
});

test("a room that is left meanwhile begins no recording", async () => {
  const ana = person("ana");
  const { recording, start } = room(ana);
  const starting = start();
  recording.end();
  await starting;
  assert.equal(recording.view.own, "off");
  assert.deepEqual(ana.heard, []);
});

test("the mark of another stands until they end it, or their link is lost", () => {
  const ana = person("ana");
  const { recording, notices } = room(ana);
  for (const on of [true, true, false]) recording.heard({ type: "recording", on }, peer(ana));
  assert.deepEqual(notices, ["recording-began", "recording-ended"]);
  assert.deepEqual(recording.view.others, []);
  recording.heard({ type: "recording", on: true }, peer(ana));
  assert.deepEqual(recording.view.others, ["ana"]);
  recording.unlinked(peer(ana));
  assert.deepEqual(recording.view.others, []);
});
