// The page while one is in a room. Draws the room's snapshot and passes intents on; keeps only what the room cannot
// know: which panel is open, what was read, whose emoji are being compared.
//
//     ┌ bar ───────────────┬─────────┐
//     │ stage, or files    │ panel   │     on a phone the panel is a sheet over the stage
//     ├ controls ──────────┤         │
//     └────────────────────┴─────────┘

import { html } from "../../vendor/lit-html/lit-html.js";
import { Layout } from "../core/layout.js";
import { chatView } from "./chat.js";
import { loadChoices, saveChoices } from "./choices.js";
import { controlsView } from "./controls.js";
import { Copying } from "./copying.js";
import { knocksView, lockView, lockedView, outsideView } from "./door.js";
import { Drops } from "./drops.js";
import { CAN_FILL, Enlarging } from "./enlarging.js";
import { filesView } from "./files.js";
import { turnTheme } from "./frame.js";
import { inviteView } from "./invite.js";
import { NoticeTimer, noticesView } from "./notices.js";
import { art, icon, mount } from "./parts.js";
import { readClipboard } from "./pasted.js";
import { peersView, rosterView } from "./people.js";
import { Figures } from "./quality.js";
import { reactionsSaid } from "./reactions.js";
import { recordButton, recordersView, turnRecording } from "./recording.js";
import { safetyView, syncDialog } from "./safety.js";
import { Settings } from "./settings.js";
import { Keyboard, shortcutsView } from "./shortcuts.js";
import { sharing, stageView } from "./stage.js";
import { plural, t } from "./text.js";
import { Watching } from "./watching.js";

/** @typedef {import("./controls.js").Panel} Panel */
/** @typedef {import("../io/room.js").Room} Room */
/** @typedef {import("../io/source.js").Picked} Picked */

const WIDE = matchMedia("(min-width: 60rem)");

export class CallView {
  #room;
  #mode;
  #made;
  #host;
  #redraw;
  /** @type {Panel | null} */
  #panel = null;
  #read = { chat: /** @type {Set<string>} */ (new Set()), files: /** @type {Set<string>} */ (new Set()) };
  #comparing = "";
  #helping = false;
  #figures;
  /** Push to talk: the microphone is on for as long as a key is down. */
  #talking = false;
  #mute = false;
  #settings;
  #timer = new NoticeTimer();
  #copying = new Copying(() => this.#redraw());
  #layout = new Layout(loadChoices().layout);
  #drops;
  #enlarging;
  #page = new AbortController();
  #watching;

  /**
   * @param {HTMLElement} host @param {Room} room
   * @param {{mode: "call" | "files", made: boolean, media: typeof import("../io/media.js"), download: typeof import("../io/saving.js").download}} how
   *   made: this visitor made the room to send files
   */
  constructor(host, room, { mode, made, media, download }) {
    this.#room = room;
    this.#mode = mode;
    this.#made = made;
    this.#figures = new Figures(() => this.#redraw(), download);
    this.#host = host;
    this.#watching = new Watching(host, (peer, view) => room.look(peer, view));
    const { signal } = this.#page;
    this.#settings = new Settings(room, media.listDevices, () => this.#redraw(), signal);
    this.#drops = new Drops(signal, {
      offer: (files, peer) => this.#offer(files, peer),
      unreadable: ([path, ...others]) => this.#room.warn("unreadable", { path, count: 1 + others.length }),
      changed: () => this.#redraw(),
    });
    this.#enlarging = new Enlarging(signal, () => this.#redraw(), (key) => this.#room.warn(key));
    this.#redraw = mount(host, () => this.#view(), () => this.#settle());
    this.#dress();
    room.addEventListener("change", () => this.#changed(), { signal });
    new Keyboard(signal, (act) => this.#pressed(act), () => this.#talk(false));
    addEventListener("beforeunload", (event) => this.#moving() && event.preventDefault(), { signal });
  }

  /** Lets go of the page; another view takes the host. */
  end() {
    this.#page.abort();
    this.#figures.show("");
    this.#watching.end();
  }

  #changed() {
    const { transfers } = this.#room.snapshot;
    const asks = transfers.some((each) => each.direction === "in" && each.state === "offered" && !this.#read.files.has(each.id));
    if (asks && this.#mode === "call" && !this.#writing()) this.#panel = "files";
    this.#redraw();
  }

  /** After each drawing: what a template cannot say. */
  #settle() {
    const { snapshot } = this.#room;
    syncDialog(this.#host, "safety", this.#comparing !== "");
    syncDialog(this.#host, "shortcuts", this.#helping);
    syncDialog(this.#host, "figures", this.#figures.open);
    this.#watching.follow(snapshot.recording.own === "on");
    this.#settings.follow(this.#host);
    this.#enlarging.follow(this.#host);
    this.#timer.follow(snapshot.notices, (id) => this.#room.dismiss(id));
    const lines = this.#host.querySelector(".chat-lines");
    const news = this.#panel === "chat" ? snapshot.chat.filter((line) => !this.#read.chat.has(line.id)) : [];
    if (lines && news.length) lines.scrollTop = lines.scrollHeight;
    for (const line of news) this.#read.chat.add(line.id);
    if (this.#panel === "files" || this.#mode === "files") for (const each of snapshot.transfers) this.#read.files.add(each.id);
  }

  #view() {
    const { me, peers, door, notices, talk, transfers, chat, reactions, invite } = this.#room.snapshot;
    this.#layout.follow(peers.map(({ id }) => id), sharing(peers).map(({ id }) => id), talk.active);
    const filesPage = this.#mode === "files";
    const link = filesPage ? invite.filesLink : invite.link;
    const unread = {
      chat: this.#panel === "chat" ? 0 : chat.filter((line) => line.from !== "me" && !this.#read.chat.has(line.id)).length,
      files: this.#panel === "files" ? 0 : transfers.filter((each) => each.direction === "in" && !this.#read.files.has(each.id)).length,
      people: 0,
    };
    const alone = peers.length === 0;
    const files = filesView(this.#room.snapshot, { alone, gathering: this.#drops.gathering }, this.#fileIntents);
    const inviting = inviteView(link, door, this.#room.gate, this.#redraw);
    return html`<section class="call" data-panel=${this.#panel ?? "none"} data-mode=${this.#mode} @keydown=${this.#escaped}>
      ${this.#barView()}
      ${filesPage
        ? html`<div class="desk">
            ${alone ? this.#waitingView(inviting) : peersView(peers, this.#compare)}
            ${this.#talkingView()} ${files}
          </div>`
        : html`${stageView(this.#room.snapshot, this.#arranged, this.#stageIntents, this.#waitingView(inviting))} ${this.#settings.captionsView(peers)}`}
      ${this.#mute
        ? html`<button type="button" class="button primary sound" data-testid="sound-on" @click=${this.#unmute}>${icon("sound")} ${t("room.sound_on")}</button>`
        : null}
      <aside class="panel" id="panel" aria-label=${t(`panel.${this.#panel ?? "people"}`)} ?hidden=${this.#panel === null}>
        <header class="panel-head">
          <h2>${t(`panel.${this.#panel ?? "people"}`)}</h2>
          <button type="button" class="round quiet" aria-label=${t("panel.close")} @click=${this.#close}>${icon("close")}</button>
        </header>
        <div class="panel-part" ?hidden=${this.#panel !== "chat"}>${chatView(chat, (text) => this.#room.sendChat(text))}</div>
        ${filesPage ? null : html`<div class="panel-part" ?hidden=${this.#panel !== "files"}>${files}</div>`}
        <div class="panel-part" ?hidden=${this.#panel !== "people"}>
          <div class="people">
            ${alone ? html`<p class="hint">${t("people.alone")}</p>` : filesPage ? inviting : html`${rosterView(this.#room.snapshot, this.#rosterIntents)} ${inviting}`}
            ${lockView(door, this.#room.gate)}
            ${filesPage ? null : this.#settings.view(me)}
            <button type="button" class="button small" @click=${turnTheme}>
              <span class="only-dark">${icon("sun")}</span><span class="only-light">${icon("moon")}</span> ${t("app.theme")}
            </button>
            <button type="button" class="button small" data-testid="show-shortcuts" @click=${() => this.#help(true)}>${icon("keyboard")} ${t("shortcuts.title")}</button>
          </div>
        </div>
      </aside>
      ${controlsView(me, this.#mode, this.#panel, unread, this.#controlIntents)}
    </section>
    ${noticesView(notices, (id) => this.#room.dismiss(id), knocksView(door, this.#room.gate))}
    ${safetyView(peers.find((peer) => peer.id === this.#comparing), () => this.#compare(""))}
    ${this.#figures.view(peers, (id) => this.#room.readings(id))} ${shortcutsView(this.#helping, () => this.#help(false))} ${reactionsSaid(reactions)}`;
  }

  #barView() {
    const { peers, server, door } = this.#room.snapshot;
    const words = t(`server.${server}`);
    return html`<header class="bar">
      <a class="brand" href="/" aria-label=${`${t("app.name")} – ${t("app.home")}`}>
        <svg class="brand-mark" aria-hidden="true"><use href="#i-brand"></use></svg><span class="brand-name">${t("app.name")}</span>
      </a>
      ${peers.length ? html`<h1 class="unseen">${t(this.#mode === "call" ? "room.title" : "files.title")}</h1>` : null}
      <p class="peer-count" data-testid="peer-count" data-count=${peers.length}>${icon("people")} ${plural("room.people", peers.length + 1)} ${lockedView(door)}</p>
      ${peers.length
        ? html`<span class="connection" data-server=${server} data-state=${server} role="status" title=${words} ?hidden=${server === "connected"}><span class="dot"></span><span>${words}</span></span>`
        : html`<span class="connection" data-testid="connection-state" data-server=${server} data-state=${server} role="status"><span class="dot"></span><span>${words}</span></span>`}
      ${recordersView(this.#room.snapshot)}
      ${this.#mode === "call" ? this.#viewingView() : null}
    </header>`;
  }

  /** How the call is looked at, and kept. */
  #viewingView() {
    const { plan, filled } = this.#arranged;
    const spotlight = plan.shape === "spotlight";
    return html`<span class="viewing">
      ${this.#room.snapshot.door.outside ? null : recordButton(this.#room)}
      ${plan.choice
        ? html`<button type="button" class="round quiet" data-testid="toggle-spotlight" aria-pressed=${spotlight} aria-label=${t("room.spotlight")}
            title=${t(spotlight ? "room.grid" : "room.spotlight")} @click=${this.#turnLayout}>${icon("spotlight")}</button>`
        : null}
      ${CAN_FILL && this.#room.snapshot.peers.length
        ? html`<button type="button" class="round quiet" data-testid="fill-screen" aria-pressed=${filled === "page"} aria-label=${t("room.fill")}
            title=${t(filled === "page" ? "room.unfill" : "room.fill")} @click=${() => this.#enlarging.fill(null)}>${icon(filled === "page" ? "unfill" : "fill")}</button>`
        : null}
    </span>`;
  }

  /** @returns {import("./tools.js").Arrangement} */
  get #arranged() {
    return { plan: this.#layout.plan, filled: this.#enlarging.filled, floating: this.#enlarging.floating };
  }

  #turnLayout = () => {
    this.#layout.turn();
    saveChoices({ layout: this.#layout.chosen });
    this.#redraw();
  };

  /** @param {unknown} inviting */
  #waitingView(inviting) {
    const { server, door } = this.#room.snapshot;
    if (door.outside) return outsideView(door);
    const sends = this.#mode === "files" && this.#made;
    const key = this.#mode === "call" ? "room" : sends ? "send" : "receive";
    return html`<section class="waiting" data-server=${server}>
      ${art("waiting")}
      <h1>${t(`waiting.${key}`)}</h1>
      <p>${t(`waiting.${key}_text`)}</p>
      ${inviting}
    </section>`;
  }

  /** On the files page: somebody there has a camera or microphone on. */
  #talkingView() {
    const talking = this.#room.snapshot.peers.find((peer) => peer.mic || peer.camera);
    if (!talking) return null;
    return html`<p class="talking">${icon("phone")} <span>${t("files.talking", { name: talking.name || t("peer.nameless") })}</span>
      <button type="button" class="button small" @click=${() => this.#startCall()}>${t("control.call")}</button></p>`;
  }

  #showFigures = (/** @type {string} */ peer) => this.#figures.show(peer);

  #compare = (/** @type {string} */ peer) => {
    this.#comparing = peer;
    this.#redraw();
  };

  /** @type {import("./people.js").RosterIntents} */
  #rosterIntents = {
    explainSafety: this.#compare,
    showFigures: this.#showFigures,
    askMute: (peer) => this.#room.askMute(peer),
    remove: (peer) => this.#room.remove(peer),
  };

  /** @type {import("./stage.js").StageIntents} */
  #stageIntents = {
    explainSafety: this.#compare,
    showFigures: this.#showFigures,
    dropOn: (data, peer) => void this.#drops.take(data, peer),
    pin: (tile) => {
      this.#layout.pin(tile);
      this.#redraw();
    },
    fill: (tile) => void this.#enlarging.fill(tile),
    float: (video) => void this.#enlarging.float(video),
    soundBlocked: () => {
      this.#mute = true;
      this.#redraw();
    },
  };

  /** @type {import("./files.js").FileIntents} */
  #fileIntents = {
    offer: (files) => this.#offer(files),
    drop: (data) => void this.#drops.take(data),
    paste: () => void readClipboard().then((files) => this.#offer(files), () => this.#room.warn("paste-refused")),
    accept: (id) => void this.#room.files.accept(id),
    decline: (id) => this.#room.files.decline(id),
    cancel: (id) => this.#room.files.cancel(id),
    hold: (id, held) => this.#room.files.hold(id, held),
    limit: (id, rate) => this.#room.files.limit(id, rate),
    save: (id) => void this.#room.files.save(id),
    saveTo: (id) => void this.#room.files.saveTo(id),
    discard: (id) => void this.#room.files.discard(id),
    saveFile: (id, path) => void this.#room.files.saveFile(id, path),
    copy: (text) => void this.#copying.copy(text),
    copied: (text) => this.#copying.said(text),
    recordings: () => this.#room.recording.kept,
  };

  /** @type {import("./controls.js").ControlIntents} */
  #controlIntents = {
    setMic: (on) => void this.#room.media.setMic(on),
    setCamera: (on) => void this.#room.media.setCamera(on),
    shareScreen: (on) => void this.#room.media.shareScreen(on),
    raiseHand: (on) => this.#room.media.raiseHand(on),
    react: (emoji) => this.#room.react(emoji),
    togglePanel: (panel) => this.#show(this.#panel === panel ? null : panel),
    startCall: () => void this.#startCall(),
    leave: () => this.#room.leave(),
  };

  /** @param {import("./shortcuts.js").Act} act */
  #pressed(act) {
    const { me } = this.#room.snapshot;
    const intents = this.#controlIntents;
    if (act === "help") return this.#help(true);
    if (act === "lock") return this.#room.gate.turn();
    if (act === "admit") return this.#room.gate.admitFirst();
    if (act === "chat" || act === "people" || (act === "files" && this.#mode === "call")) return intents.togglePanel(act);
    if (this.#mode !== "call") return;
    switch (act) {
      case "mic":
        return intents.setMic(me.mic !== "on");
      case "camera":
        return intents.setCamera(me.camera !== "on");
      case "screen":
        return intents.shareScreen(!me.screen);
      case "hand":
        return intents.raiseHand(!me.hand);
      case "layout":
        return this.#layout.plan.choice ? this.#turnLayout() : undefined;
      case "record":
        return turnRecording(this.#room);
      case "talk":
        return this.#talk(true);
    }
  }

  /** @param {boolean} on */
  #talk(on) {
    if (on === this.#talking || (on && this.#room.snapshot.me.mic !== "off")) return;
    this.#talking = on;
    void this.#room.media.setMic(on);
  }

  /** @param {boolean} open */
  #help(open) {
    this.#helping = open;
    this.#redraw();
  }

  /** The files page becomes a call: the same room, now with pictures. */
  async #startCall() {
    this.#mode = "call";
    this.#dress();
    this.#redraw();
    await this.#room.media.setMic(true);
    await this.#room.media.setCamera(true);
  }

  #dress() {
    document.body.dataset.view = this.#mode;
  }

  /** @param {Panel | null} panel */
  #show(panel) {
    /** @type {HTMLElement | null} */
    const opener = this.#host.querySelector(`[data-testid="toggle-${this.#panel}"]`);
    if (panel === null && document.activeElement?.closest("#panel")) opener?.focus(); // it would be lost with the panel
    this.#panel = panel;
    this.#redraw();
    if (panel === "chat" && WIDE.matches) queueMicrotask(() => document.getElementById("chat-line")?.focus());
    if (panel === "people") void this.#settings.look(); // the browser names them once one may be used
  }

  #close = () => this.#show(null);

  /** Escape shuts the panel wherever the focus is, so that nothing in focus stays behind it. @param {KeyboardEvent} event */
  #escaped = ({ key, target }) => {
    const opened = target instanceof Element && target.closest("[popover], [popovertarget]"); // shuts by itself
    if (key === "Escape" && !opened) this.#close();
  };

  #unmute = () => {
    this.#mute = false;
    for (const video of this.#host.querySelectorAll("video")) if (!video.closest(".self")) video.muted = false;
    this.#redraw();
  };

  /** Whether a line is being written: then an offer only marks its button. */
  #writing() {
    const field = document.activeElement;
    return field instanceof HTMLInputElement && field.id === "chat-line" && field.value !== "";
  }

  #moving() {
    const { transfers, recording } = this.#room.snapshot;
    return transfers.some((each) => each.state === "active") || recording.own === "on";
  }

  /** Offers files, and shows how they fare. @param {readonly Picked[]} files @param {string} [peer] */
  #offer(files, peer) {
    if (!files.length) return;
    void this.#room.files.offer(files, peer);
    if (this.#mode === "call") this.#show("files");
  }
}
