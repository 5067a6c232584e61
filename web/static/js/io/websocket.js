// The link to the server: numbered both ways, so that after a lost socket both sides send again what the other missed.
//
//     opening ──welcome / resumed──► joined ──lost, silent──► waiting ──jittered pause, or `online`──► opening
//                                                             refusals that nothing can mend: ended
//
// Source: docs/protocol.md, section 2. What the server says is handed on in order and once.

import { Malformed, decodeNotice, encode } from "../core/codec.js";
import { ACK_EVERY_BYTES, ACK_EVERY_FRAMES, ACK_EVERY_S, CloseCode } from "../gen/messages.js";

/** @import { Command, Notice, SayCommand } from "../gen/messages.js" */

/** @typedef {Extract<Notice, {type: "welcome"}>} Welcome */
/** @typedef {"connecting" | "connected" | "reconnecting" | "failed"} ServerState */
/**
 * @typedef {object} Listener
 * @property {(notice: Exclude<Notice, {type: "resumed" | "pong"}>) => void} heard  a `welcome` means a new session, with new peer ids
 * @property {(state: ServerState) => void} changed
 * @property {(why: string) => void} ended  key of why there is no coming back, see io/notices.js
 * @property {() => boolean} holdsLink  whether a link to some peer still runs
 * @property {() => boolean} hurries  whether a link to some peer is silent, and can be mended over the server alone
 */

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8000;
const OPENING_MS = 5000;
/** Both while it hurries: a first packet that was lost is sent again after 1 s, and then only after 3. */
const HURRIED_PAUSE_MS = 500;
const HURRIED_OPENING_MS = 2000;
/** How long a room may be gone after the server came back: whoever made it brings it back. */
export const ROOM_GONE_MS = 20_000;
const KEPT_COMMANDS = 256;
/** How long a server may take to answer when there is reason to think that it does not hear us. */
const DOUBT_MS = 1000;

/** @type {Readonly<Record<number, string>>} */
const ENDINGS = {
  [CloseCode.DONE]: "closed",
  [CloseCode.MALFORMED]: "refused",
  [CloseCode.TOO_BIG]: "refused",
  [CloseCode.UNAUTHORISED]: "unauthorised",
  [CloseCode.ORIGIN]: "origin",
  [CloseCode.NO_ROOM]: "no-room",
  [CloseCode.ROOM_FULL]: "full",
  [CloseCode.FENCED]: "elsewhere",
};

export class ServerLink {
  #url;
  #room;
  #listen;
  /** @type {"opening" | "joined" | "waiting" | "ended"} */
  #state = "waiting";
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {{session: string, token: string} | null} */
  #session = null;
  #heartbeatMs = OPENING_MS;
  #seen = 0;
  #acked = 0;
  #unacked = 0; // bytes
  #said = 0;
  /** Said in this session; the server tells on resume from where on it missed them. @type {Command[]} */
  #kept = [];
  #joinedOnce = false;
  #patience = 0; // milliseconds
  #failures = 0;
  #retryAfterMs = 0;
  #backSince = 0;
  #heardAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #watch;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #ackTimer;
  #online = () => this.#renew();

  /** @param {string} origin of the server @param {string} room @param {Listener} listen */
  constructor(origin, room, listen) {
    const url = new URL("/v1/ws", origin);
    url.protocol = url.protocol.replace("http", "ws");
    this.#url = url.href;
    this.#room = room;
    this.#listen = listen;
  }

  /** @param {number} [patience] milliseconds for which a room that is full or gone at first is asked for again */
  open(patience = 0) {
    this.#patience = patience;
    globalThis.addEventListener("online", this.#online);
    this.#open();
  }

  /** Says it now, or as soon as the session is resumed; dropped when the session cannot be. @param {SayCommand} command */
  send(command) {
    if (!this.#session) return;
    this.#said += 1;
    const numbered = /** @type {Command} */ ({ ...command, cseq: this.#said });
    this.#kept.push(numbered);
    if (this.#kept.length > KEPT_COMMANDS) this.#kept.shift();
    if (this.#state === "joined") this.#write(numbered);
  }

  /** The way may be gone, as on another network, and a socket would tell minutes later: looks at once. */
  doubt() {
    if (this.#state === "waiting") this.#open();
    if (this.#state === "joined") this.#ask(DOUBT_MS);
  }

  /** There was no network at all, and now there is one: what was open over the former is taken for dead, and not asked. */
  #renew() {
    this.#socket?.close();
    this.#detach();
    if (this.#state === "joined") this.#listen.changed("reconnecting");
    this.#open();
  }

  /** Leaves without grace. */
  close() {
    if (this.#state === "joined") this.#write({ type: "leave" });
    this.#end();
  }

  #open() {
    clearTimeout(this.#retry);
    this.#state = "opening";
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => socket.send(encode({ type: "hello", v: 1, room: this.#room, resume: this.#resume() }));
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = ({ code }) => this.#lost(code);
    this.#arm(this.#listen.hurries() ? HURRIED_OPENING_MS : OPENING_MS, () => this.#abandon());
  }

  /** A socket that is closing takes nothing any more; what must arrive is kept. @param {Command | SayCommand} message */
  #write(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(encode(message));
  }

  #resume() {
    return this.#session && { ...this.#session, after: this.#seen };
  }

  /** @param {unknown} data */
  #take(data) {
    this.#heardAt = performance.now();
    const text = typeof data === "string" ? data : "";
    let notice;
    try {
      notice = decodeNotice(text);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      return this.#finish("refused");
    }
    if (notice.type === "welcome") this.#seen = this.#acked = this.#unacked = 0;
    if (notice.seq) {
      if (notice.seq <= this.#seen) return;
      if (notice.seq !== this.#seen + 1) return this.#abandon();
      this.#see(notice.seq, text.length);
    }
    switch (notice.type) {
      case "welcome":
        return this.#welcome(notice);
      case "resumed":
        return this.#resumed(notice);
      case "pong":
        return;
      case "refused":
        this.#retryAfterMs = (notice.retry_after ?? 0) * 1000;
        return this.#listen.heard(notice);
      case "room_closed":
        this.#listen.heard(notice);
        return this.#finish("closed");
      default:
        this.#listen.heard(notice);
    }
  }

  /** @param {Welcome} welcome */
  #welcome(welcome) {
    this.#session = { session: welcome.session, token: welcome.resume_token };
    this.#heartbeatMs = welcome.heartbeat * 1000;
    this.#said = 0;
    this.#kept = [];
    this.#join();
    this.#listen.heard(welcome);
  }

  /** @param {Extract<Notice, {type: "resumed"}>} resumed */
  #resumed({ recovered, after, resume_token: token }) {
    if (!recovered || !token || !this.#session) {
      this.#session = null; // a fresh welcome follows
      return;
    }
    this.#session = { ...this.#session, token };
    this.#kept = this.#kept.filter((command) => command.cseq > after);
    for (const command of this.#kept) this.#write(command);
    this.#join();
  }

  #join() {
    this.#state = "joined";
    this.#joinedOnce = true;
    this.#failures = this.#backSince = this.#retryAfterMs = 0;
    this.#listen.changed("connected");
    this.#arm(this.#heartbeatMs, () => this.#listenForLife());
  }

  /** @param {number} seq @param {number} size */
  #see(seq, size) {
    this.#seen = seq;
    this.#unacked += size;
    if (seq - this.#acked >= ACK_EVERY_FRAMES || this.#unacked >= ACK_EVERY_BYTES) this.#acknowledge();
    else this.#ackTimer ??= setTimeout(() => this.#acknowledge(), ACK_EVERY_S * 1000);
  }

  #acknowledge() {
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    if (this.#state !== "joined" || this.#acked === this.#seen) return;
    this.#acked = this.#seen;
    this.#unacked = 0;
    this.#write({ type: "ack", seq: this.#seen });
  }

  /** A page does not see the server's WebSocket pings, so after a silent heartbeat it asks, and waits half another. */
  #listenForLife() {
    const silent = performance.now() - this.#heardAt;
    if (silent < this.#heartbeatMs) return this.#arm(this.#heartbeatMs - silent, () => this.#listenForLife());
    this.#ask(this.#heartbeatMs / 2);
  }

  /** @param {number} patience milliseconds */
  #ask(patience) {
    const askedAt = performance.now();
    this.#write({ type: "ping" });
    this.#arm(patience, () => (this.#heardAt >= askedAt ? this.#listenForLife() : this.#abandon()));
  }

  /** Gives the socket up without waiting for its closing handshake: a dead path would not answer. */
  #abandon() {
    this.#socket?.close();
    this.#lost(0);
  }

  /** @param {number} code */
  #lost(code) {
    this.#detach();
    if (!this.#mayReturn(code)) return this.#finish(ENDINGS[code]);
    this.#state = "waiting";
    this.#listen.changed(this.#joinedOnce ? "reconnecting" : "connecting");
    const patient = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    const longest = this.#listen.hurries() ? Math.min(HURRIED_PAUSE_MS, patient) : patient;
    this.#failures += 1;
    this.#retry = setTimeout(() => this.#open(), this.#retryAfterMs + longest * (0.5 + Math.random() / 2));
  }

  /** @param {number} code */
  #mayReturn(code) {
    if (!(code in ENDINGS)) return true;
    if (code !== CloseCode.NO_ROOM && code !== CloseCode.ROOM_FULL) return false;
    // After a lost session or another load of the page our own ghost may hold the seat, and the room is there again once its maker is.
    const patience = this.#joinedOnce ? ROOM_GONE_MS : this.#patience;
    if (!patience) return false;
    this.#backSince ||= performance.now();
    return this.#listen.holdsLink() || performance.now() - this.#backSince < patience;
  }

  /** @param {string} why */
  #finish(why) {
    this.#end();
    this.#listen.changed("failed");
    this.#listen.ended(why);
  }

  #end() {
    globalThis.removeEventListener("online", this.#online);
    this.#state = "ended";
    const socket = this.#socket;
    this.#detach();
    clearTimeout(this.#retry);
    socket?.close(CloseCode.DONE);
  }

  #detach() {
    clearTimeout(this.#watch);
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    if (this.#socket) this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket = null;
  }

  /** @param {number} delay milliseconds @param {() => void} then */
  #arm(delay, then) {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(then, delay);
  }
}
