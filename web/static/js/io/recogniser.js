// Writes down what is said, in this browser alone: what would be sent to anybody's server for that is not begun.
//
//     voices ──► one track ──► SpeechRecognition, processLocally ──► heard
//
// Source: W3C CG Web Speech API, SpeechRecognition.available, .install and .start(track). Of today's browsers Chromium has
// it where its maker ships the recogniser along; where not, there are no captions and nothing that offers them.

import { Mixer } from "./mixer.js";

/**
 * @typedef {object} Recognition  as much of it as is used here; the types of the language have none
 * @property {string} lang @property {boolean} continuous @property {boolean} interimResults @property {boolean} processLocally
 * @property {((event: {resultIndex: number, results: ArrayLike<Iterable<{transcript: string}> & {isFinal: boolean}>}) => void) | null} onresult
 * @property {((event: {error: string}) => void) | null} onerror
 * @property {(() => void) | null} onend
 * @property {(track: MediaStreamTrack) => void} start
 * @property {() => void} abort
 */
/**
 * @typedef {(new () => Recognition) & {
 *   available?: (wish: {langs: string[], processLocally: boolean}) => Promise<"available" | "downloadable" | "downloading" | "unavailable">,
 *   install?: (wish: {langs: string[], processLocally: boolean}) => Promise<boolean>,
 * }} Recogniser
 */
/**
 * @typedef {object} Listener
 * @property {(text: string, final: boolean) => void} heard  what the present sentence is taken for by now
 * @property {() => void} failed  there will be no more
 */

/** @type {Recogniser | undefined} */
const ENGINE = /** @type {any} */ (globalThis).SpeechRecognition;
/** It ends by itself after a silence, and is begun again; not faster than this when it ends at once. */
const AGAIN_MS = 500;
/** Errors after which it goes on. */
const PASSING = new Set(["no-speech", "aborted"]);

/** Whether a language can be written down in this browser, perhaps after it has fetched what it needs. @param {string} language BCP 47 */
export async function canWriteDown(language) {
  const found = await ENGINE?.available?.(wish(language)).catch(() => "unavailable");
  return found !== undefined && found !== "unavailable";
}

export class Scribe {
  #mixer = new Mixer(1);
  #language;
  #listen;
  /** @type {Recognition | null} */
  #engine = null;
  #closed = false;

  /** @param {string} language BCP 47 @param {Listener} listen */
  constructor(language, listen) {
    this.#language = language;
    this.#listen = listen;
  }

  /** Has the browser fetch what it needs, and begins. */
  async begin() {
    const there = await ENGINE?.install?.(wish(this.#language)).catch(() => false);
    if (this.#closed) return;
    if (there) this.#run();
    else this.#fail();
  }

  /** Whose voices are written down from now on. @param {readonly MediaStreamTrack[]} voices */
  follow(voices) {
    if (!this.#closed) this.#mixer.follow(voices);
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#engine?.abort();
    this.#mixer.close();
  }

  #run() {
    if (this.#closed || !ENGINE) return;
    const engine = new ENGINE();
    const began = performance.now();
    this.#engine = engine;
    Object.assign(engine, { lang: this.#language, continuous: true, interimResults: true, processLocally: true });
    engine.onresult = ({ resultIndex, results }) => {
      const news = Array.from(results).slice(resultIndex);
      for (const [{ transcript }] of news.filter(({ isFinal }) => isFinal)) this.#listen.heard(transcript, true);
      const open = news.filter(({ isFinal }) => !isFinal).map(([{ transcript }]) => transcript);
      if (open.length) this.#listen.heard(open.join(""), false);
    };
    engine.onerror = ({ error }) => !PASSING.has(error) && this.#fail();
    engine.onend = () => setTimeout(() => this.#run(), Math.max(0, began + AGAIN_MS - performance.now()));
    engine.start(this.#mixer.track);
  }

  #fail() {
    if (this.#closed) return;
    this.close();
    this.#listen.failed();
  }
}

/** @param {string} language */
const wish = (language) => ({ langs: [language], processLocally: true });
