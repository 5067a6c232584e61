// Captions of what the others say: the choice, where this browser can make them, and the lines over the pictures.

import { html } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { Captions } from "../core/captions.js";
import { Scribe, canWriteDown } from "../io/recogniser.js";
import { loadChoices, saveChoices } from "./choices.js";
import { nameOf } from "./peer.js";
import { t } from "./text.js";

/** @typedef {import("../core/snapshot.js").Snapshot} Snapshot */

export class ReadAlong {
  #room;
  #redraw;
  #captions = new Captions();
  /** @type {Scribe | null} */
  #scribe = null;
  /** Whether this browser writes down the page's language. */
  #able = false;
  #wanted = loadChoices().captions;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {import("../io/room.js").Room} room @param {() => void} redraw @param {AbortSignal} signal ends it */
  constructor(room, redraw, signal) {
    this.#room = room;
    this.#redraw = redraw;
    signal.addEventListener("abort", () => this.#end());
    void canWriteDown(spoken()).then((able) => {
      this.#able = able && !signal.aborted;
      this.#redraw();
    });
  }

  /** After each drawing: whoever is here by now is listened to. */
  follow() {
    const voices = this.#room.snapshot.peers.flatMap(({ mic, stream }) => (mic && stream ? stream.getAudioTracks() : []));
    if (this.#able && this.#wanted && voices.length) this.#begin();
    this.#scribe?.follow(voices);
  }

  choiceView() {
    if (!this.#able) return null;
    return html`<label class="check"><input type="checkbox" data-testid="captions-on" aria-describedby="captions-hint" .checked=${this.#wanted} @change=${this.#turn}> ${t("captions.on")}</label>
      <p class="hint" id="captions-hint">${t("captions.hint")}</p>`;
  }

  /** @param {Snapshot["peers"]} peers */
  view(peers) {
    if (!this.#scribe) return null;
    const names = new Map(peers.map((peer) => [peer.id, nameOf(peer)]));
    return html`<div class="captions" data-testid="captions" role="log" aria-live="off" aria-label=${t("captions.on")}>
      ${repeat(this.#captions.lines, ({ id }) => id, ({ from, text }) => html`<p>${names.has(from) ? html`<bdi class="caption-name">${names.get(from)}</bdi> ` : null}<bdi>${text}</bdi></p>`)}
    </div>`;
  }

  #turn = (/** @type {Event} */ { target }) => {
    this.#wanted = /** @type {HTMLInputElement} */ (target).checked;
    saveChoices({ captions: this.#wanted });
    if (!this.#wanted) this.#end();
    this.#redraw();
  };

  #begin() {
    if (this.#scribe) return;
    this.#scribe = new Scribe(spoken(), {
      heard: (text, final) => {
        this.#captions.hear(text, final, this.#speaker, performance.now() / 1000);
        this.#shown();
      },
      failed: () => {
        this.#wanted = false; // until the next call
        this.#end();
        this.#room.warn("captions-failed");
      },
    });
    void this.#scribe.begin();
  }

  #end() {
    this.#scribe?.close();
    this.#scribe = null;
    this.#captions = new Captions();
    clearTimeout(this.#timer);
  }

  /** The recogniser does not tell voices apart. With one other there is no doubt; among several it is who speaks. */
  get #speaker() {
    const { peers, talk } = this.#room.snapshot;
    return peers.length === 1 ? peers[0].id : talk.active;
  }

  #shown() {
    this.#redraw();
    clearTimeout(this.#timer);
    const wait = this.#captions.deadline * 1000 - performance.now();
    if (!Number.isFinite(wait)) return;
    this.#timer = setTimeout(() => {
      this.#captions.look(performance.now() / 1000);
      this.#shown();
    }, Math.max(0, wait));
  }
}

/** The language of the page as one speaks it here: with the visitor's own region, or the most likely one. */
function spoken() {
  const page = document.documentElement.lang;
  const own = navigator.languages.find((each) => each.startsWith(`${page}-`));
  const { language, region } = new Intl.Locale(own ?? page).maximize();
  return `${language}-${region}`;
}
