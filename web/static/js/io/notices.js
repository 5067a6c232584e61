// What a person should be told, as catalogue keys with values; the sentences are the catalogue's.
//
// | key (under `notice.`)  | level   | values        | when
// |------------------------|---------|---------------|-----------------------------------------------------------
// | `server-silent`        | warning |               | the server has not answered yet, for 10 s; tried again by itself
// | `server-lost`          | warning |               | the server is gone; running links go on, reconnecting
// | `server-back`          | info    |               | it is back; takes the place of `server-lost`
// | `room-awaited`         | info    |               | the server is there and the room full or gone, which may pass; asked for again
// | `update`               | warning |               | the server has other pages by now than this one
// | `room-closed`          | info    |               | the room was closed behind us; what arrived can be saved
// | `slow-down`            | warning |               | the server refused for its rate limit; retried by itself
// | `joined`               | info    | name          | a peer is proven and here
// | `left`                 | info    | name          | a peer left
// | `wrong-code`           | warning |               | someone tried a wrong code or a word was mistyped; nothing flowed
// | `wary`                 | warning |               | so many tries to meet came to nothing that new ones are made slowly
// | `identity`             | error   | name          | the certificate proof failed: someone may sit in the middle
// | `no-path`              | error   | name          | no link came up after three attempts; try another network or TURN
// | `mic-denied`           | warning |               | the browser or the person said no
// | `mic-missing`          | warning |               | there is no such device
// | `mic-busy`             | warning |               | another program uses it
// | `camera-denied`        | warning |               |
// | `camera-missing`       | warning |               |
// | `camera-busy`          | warning |               |
// | `mic-switched`         | info    | label         | a device went, or came back, and this one is used now
// | `camera-switched`      | info    | label         | the same
// | `locked`               | info    |               | the host has locked the room, or the invite has expired
// | `unlocked`             | info    |               | and opened it again
// | `ask-mute`             | warning | name          | somebody asks us to mute
// | `mic-unheard`          | info    |               | somebody speaks here, and the microphone is off
// | `mic-silent`           | warning |               | the microphone is on and hears nothing at all
// | `voice-alone`          | warning |               | the line carries no picture to some of the others: they get the voice alone
// | `captions-failed`      | warning |               | the browser's recogniser of speech has given up
// | `crowded`              | info    |               | more people than a call from each to each is good for
// | `screen-denied`        | info    |               |
// | `screen-missing`       | warning |               | this browser cannot share a screen
// | `screen-busy`          | warning |               |
// | `offer-refused`        | warning | name, title   | a peer's offer was refused unseen: its list breaks the protocol
// | `unsafe-name`          | warning | name, title, path, rule | refused unseen for one name; a rule of core/names.js
// | `save-failed`          | error   | title         | received files could not be saved
// | `in-use`               | warning | title         | another tab, or another transfer here, has the same files in hand
// | `unreadable`           | warning | path, count   | of what was dropped, this (and more) cannot be read; the rest is offered
// | `offer-cut`            | warning | count         | more was dropped than an offer may have
// | `paste-refused`        | warning |               | the clipboard was not to be read
// | `recording-began`      | info    | name          | somebody records from now on
// | `recording-ended`      | info    | name          | and not any more
// | `recording-without`    | info    | name          | our recording leaves them out: their program cannot be told
// | `recording-silent`     | warning |               | our recording has no sound: the browser plays none
// | `recording-refused`    | error   |               | the browser did not begin to record
// | `recording-failed`     | error   |               | nor goes on with it
// | `recording-full`       | error   |               | there is no room left for it
// | `recording-saved`      | info    |               | it was handed to the downloads, and a copy is kept
// | `recording-memory`     | warning |               | the same, and the copy goes with the page
// | `recording-kept`       | warning |               | one of before was never saved
// | `fill-refused`         | warning |               | the browser gives no full screen
// | `float-refused`        | warning |               | nor this picture a window of its own
//
// Keys of `snapshot.ended` (under `ended.`): `left` · `closed` (the creator ended the room) · `full` · `no-room` (no
// such code, or it was used up) · `wrong-code` · `unauthorised` (the server wants a token) · `origin` · `elsewhere`
// (the session went on in another place) · `insecure` (plain http: no WebCrypto, no devices) · `unsupported` (no WebRTC) ·
// `bad-invite` · `turned-away` (at a locked door) · `removed` (by the host) · `refused` (anything else the server said no to).
//
// Keys of `transfer.reason` (under `transfer.`): `declined` · `cancelled` · `disk` · `integrity` · `unsafe_name` ·
// `source_changed` · `too_big` · `unsupported` · `error` (the wire's words) · `peer-gone` · `cancelled-there` ·
// `disk-there` (the other end said so) · `source-gone` (a file is not where it was) · `no-room` (for it in this
// browser) · `memory-only` (a private window, and too big for memory).

/** @import { Notice } from "../core/snapshot.js" */

const KEPT = 8;

/** The notices now to be seen. The same key with the same values stands there once. */
export class Notices {
  /** @type {readonly Notice[]} */
  list = [];
  #changed;
  #count = 0;

  /** @param {() => void} changed */
  constructor(changed) {
    this.#changed = changed;
  }

  /** @param {Notice["level"]} level @param {string} key @param {Notice["values"]} [values] */
  say(level, key, values = {}) {
    const told = JSON.stringify([key, values]);
    const others = this.list.filter((each) => JSON.stringify([each.key, each.values]) !== told);
    this.#count += 1;
    const notice = Object.freeze({ id: `notice-${this.#count}`, level, key, values: Object.freeze({ ...values }) });
    this.list = Object.freeze([...others, notice].slice(-KEPT));
    this.#changed();
  }

  /** Takes back every notice of this key. @param {string} key */
  clear(key) {
    this.#keep((each) => each.key !== key);
  }

  /** @param {string} id */
  dismiss(id) {
    this.#keep((each) => each.id !== id);
  }

  /** @param {(notice: Notice) => boolean} wanted */
  #keep(wanted) {
    const kept = this.list.filter(wanted);
    if (kept.length === this.list.length) return;
    this.list = Object.freeze(kept);
    this.#changed();
  }
}
