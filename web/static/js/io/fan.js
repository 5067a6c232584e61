// The lanes of one outgoing transfer, from the opening of the main one to its end: frames are dealt out over them. The
// page's counterpart of peer/lanes.py.
//
//     Outgoing ── deal(frame) ──► Fan ──► the lane that drains first: main, or one of the side lanes
//                                  ▲
//                     GOT ─────────┘      how much is on its way (Flow), how many lanes are worth it (Lanes)
//
// When a side lane is lost, what was on its way over it is unknown: the main lane is given up with it, and all begins
// anew with what the receiver lacks.

import { Malformed } from "../core/codec.js";
import { CALM_QUEUE_S, Flow, QUEUE_S } from "../core/flow.js";
import { readGot } from "../core/frames.js";
import { Lanes } from "../core/lanes.js";
import { MAX_LANES, MAX_MESSAGE } from "../gen/messages.js";
import { CALL_WATER, HIGH_WATER, LaneClosed, NARROW_WATER } from "./lane.js";
import { Sides } from "./sides.js";

/**
 * @import { Lane } from "./lane.js"
 * @import { Peer } from "./peer.js"
 * @import { LaneMessage } from "./sides.js"
 */
/** @typedef {{number: number, lane: Lane, bytes: number, longest: number}} Used */
/**
 * @typedef {object} Host
 * @property {() => number} next  a number for a side lane, none twice in a transfer
 * @property {() => number} left  bytes to go, -1 when unknown
 * @property {() => void} lost  a side lane is lost
 */

/** With many lanes messages are short, so that a slow lane never holds much. */
const LEAST_PIECE = 16 * 1024;
/** Messages that the window of one lane is cut into. */
const PIECES = 16;
/**
 * What may wait on the line. A page hands its packets to the process that owns the socket, and Chromium drops what is over
 * 64 KiB at a time there: a longer queue lets SCTP send hundreds into that at once, and then it is silent for seconds.
 */
const MOST_QUEUED = 256 * 1024;
/** The same while a call runs beside. */
const CALM_QUEUED = 64 * 1024;
/** More than this share of what is under way waits within the lanes: it is they that hold it up, and not the line. */
const BACKLOG = 0.3;

export class Fan {
  #peer;
  #host;
  #sides;
  #flow = new Flow();
  /** Open ones; the first `#count` of them are used. @type {Used[]} */
  #lanes;
  #count = 1;
  #opening = 0;
  #refused = false;
  /** How often it was seen, since the policy was last asked, how much waits within the lanes; and waited there. */
  #looks = 0;
  #backlogs = 0;
  #begun = false;
  #closed = false;
  /** @type {(() => void)[]} */
  #waiting = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Peer} peer @param {string} transfer @param {Lane} main @param {Host} host */
  constructor(peer, transfer, main, host) {
    this.#peer = peer;
    this.#host = host;
    this.#sides = new Sides(peer, transfer);
    this.#lanes = [{ number: 0, lane: main, bytes: 0, longest: peer.maxMessageBytes }];
    main.roomy = this.#stir;
    this.#yield();
  }

  /** Lanes in use. */
  get count() {
    return Math.min(this.#count, this.#lanes.length);
  }

  /** How long a message of the next leaf may be. */
  get piece() {
    const longest = Math.min(MAX_MESSAGE, ...this.#lanes.map((each) => each.longest));
    if (!this.#peer.can("lanes")) return longest;
    return Math.min(longest, Math.max(LEAST_PIECE, Math.floor(this.#flow.window / (PIECES * this.count))));
  }

  /** Bytes that have come at the receiver, or at least have left this machine. */
  get came() {
    const [main] = this.#lanes;
    return this.#peer.can("lanes") ? this.#flow.came : main.bytes - main.lane.bufferedBytes;
  }

  /** Bytes that were dealt and have not come. */
  get underWay() {
    return this.#peer.can("lanes") ? this.#flow.underWay : this.#lanes[0].lane.bufferedBytes;
  }

  /** Hands a frame to a lane that has room, once there is one. @param {Uint8Array<ArrayBuffer>} frame @throws {LaneClosed} */
  async deal(frame) {
    if (!this.#peer.can("lanes")) {
      await this.#lanes[0].lane.send(frame, this.#water);
      this.#lanes[0].bytes += frame.length;
      return;
    }
    this.#begin();
    let used = this.#free();
    while (!used) {
      await new Promise((resolve) => this.#waiting.push(() => resolve(undefined)));
      used = this.#free();
    }
    this.#flow.posted(used.number, frame.length, now());
    used.bytes += frame.length;
    await used.lane.send(frame, this.#water);
  }

  /** A GOT frame came on the main lane. @param {Uint8Array} payload @throws {Malformed} */
  got(payload) {
    if (!this.#flow.got(readGot(payload), now())) throw new Malformed("got what was never sent");
    const waits = this.#lanes.reduce((sum, { lane }) => sum + lane.bufferedBytes, 0);
    this.#looks += 1;
    if (waits > BACKLOG * this.#flow.underWay) this.#backlogs += 1;
    this.#stir();
  }

  /** What the receiver says about side lanes. @param {LaneMessage} message */
  hear(message) {
    if (message.type !== "lane_offer") this.#sides.hear(message);
  }

  /** The main lane is gone, and the side lanes go with it. */
  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#sides.drop();
    this.#stir();
  }

  #stir = () => {
    for (const resume of this.#waiting.splice(0)) resume();
  };

  get #water() {
    if (this.#count > 1) return NARROW_WATER;
    return this.#peer.inCall ? CALL_WATER : HIGH_WATER;
  }

  /** The lane with the least on its way, among those that have room; null when none has. @throws {LaneClosed} */
  #free() {
    if (this.#closed) throw new LaneClosed();
    /** @type {Used | null} */ let best = null;
    if (!this.#flow.hasRoom) return best;
    for (const each of this.#lanes.slice(0, this.#count)) {
      if (!each.lane.hasRoom(this.#water)) continue;
      if (!best || this.#flow.onLane(each.number) < this.#flow.onLane(best.number)) best = each;
    }
    return best;
  }

  #begin() {
    if (this.#begun) return;
    this.#begun = true;
    void this.#peer.reading().then((reading) => {
      const most = reading?.kind === "direct" ? MAX_LANES : 1;
      this.#decide(new Lanes(this.#host.left(), reading?.roundTrip ?? null, most));
    });
  }

  /** @param {Lanes} policy */
  #decide(policy) {
    if (this.#closed) return;
    if (this.#refused) policy.most = Math.max(1, this.#lanes.length + this.#opening);
    const heldUp = 2 * this.#backlogs > this.#looks;
    this.#looks = this.#backlogs = 0;
    const wanted = policy.step(now(), this.#flow.came, this.#lanes.length, this.#host.left(), heldUp);
    this.#yield();
    this.#use(this.#peer.inCall ? 1 : Math.min(wanted, policy.most));
    this.#timer = setTimeout(() => this.#decide(policy), policy.interval * 1000);
  }

  /** A call goes first. */
  #yield() {
    const { inCall } = this.#peer;
    this.#flow.queueS = inCall ? CALM_QUEUE_S : QUEUE_S;
    this.#flow.mostQueued = inCall ? CALM_QUEUED : MOST_QUEUED;
  }

  /** @param {number} count */
  #use(count) {
    this.#count = count;
    while (this.#lanes.length + this.#opening < count && !this.#refused) this.#widen(this.#host.next());
    this.#stir();
  }

  /** @param {number} number */
  #widen(number) {
    /** @type {Used | null} */ let used = null;
    this.#opening += 1;
    this.#sides.offer(number, {
      opened: (lane, longest) => {
        used = { number, lane, bytes: 0, longest };
        this.#opening -= 1;
        this.#lanes.push(used);
        lane.roomy = this.#stir;
        this.#stir();
      },
      message: () => {}, // nobody says anything on a side lane to its sender
      over: () => {
        if (used?.bytes) return this.#host.lost();
        this.#refused = true;
        if (used) this.#lanes.splice(this.#lanes.indexOf(used), 1);
        else this.#opening -= 1;
      },
    });
  }
}

const now = () => performance.now() / 1000;
