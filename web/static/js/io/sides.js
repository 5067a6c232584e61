// Side lanes: connections beside the proven one, for one transfer, negotiated over its control channel. The page's
// counterpart of peer/sides.py.
//
//     sender     makeOffer ──── lane_offer ────► takeOffer     receiver
//                takeAnswer ◄─── lane_answer ───┘              and lane_candidate both ways, after the description
//
// They need no proof of their own: their descriptions come over the proven link, and the browser holds the certificate
// that is shown against the fingerprint in the description.

import { MAX_CANDIDATES, MAX_LANES, MAX_LANE_SDP } from "../gen/messages.js";

/**
 * @import { Control } from "../gen/messages.js"
 * @import { Connection, LinkState } from "./connection.js"
 * @import { Lane } from "./lane.js"
 * @import { Peer } from "./peer.js"
 */
/** @typedef {Extract<Control, {type: "lane_offer" | "lane_answer" | "lane_candidate"}>} LaneMessage */
/**
 * @typedef {object} Use  what is done with a side lane
 * @property {(lane: Lane, maxMessageBytes: number) => void} opened
 * @property {(message: ArrayBuffer) => void} message
 * @property {() => void} over  it did not open, or is lost; never after `drop`
 */

const MAX_SIDES = MAX_LANES - 1;
/** How long a side lane may take to open. */
const OPENING_MS = 15_000;
/** How long a side lane may be disconnected before it counts as lost. */
const HEAL_MS = 5_000;

/** The side lanes of one transfer, at either end. */
export class Sides {
  #peer;
  #transfer;
  /** @type {Map<number, Side>} */
  #sides = new Map();
  /** @type {((number: number) => Use) | null} */
  #take = null;

  /** @param {Peer} peer @param {string} transfer */
  constructor(peer, transfer) {
    this.#peer = peer;
    this.#transfer = transfer;
  }

  /** From now on lanes that the other end offers are used so. @param {(number: number) => Use} take */
  welcome(take) {
    this.#take = take;
  }

  /** Closes all lanes, and takes no more. */
  drop() {
    this.#take = null;
    for (const side of this.#sides.values()) side.close();
    this.#sides.clear();
  }

  /** What the other end says about side lanes. @param {LaneMessage} message */
  hear(message) {
    if (message.type === "lane_offer") this.#answer(message.lane, message.sdp);
    else this.#sides.get(message.lane)?.hear(message);
  }

  /** Opens a side lane. @param {number} number @param {Use} use */
  offer(number, use) {
    if (this.#peer.sides.hasRoom) this.#begin(number, use, () => {}).offer();
    else use.over();
  }

  /** A hostile offer costs no more than a side lane that fails. @param {number} number @param {string} sdp */
  #answer(number, sdp) {
    if (this.#sides.has(number)) return;
    const refuse = () => this.#peer.say({ type: "lane_answer", transfer: this.#transfer, lane: number });
    if (this.#take && this.#sides.size < MAX_SIDES && this.#peer.sides.hasRoom) this.#begin(number, this.#take(number), refuse).answer(sdp);
    else refuse();
  }

  /** @param {number} number @param {Use} use @param {() => void} refuse says that it will not open */
  #begin(number, use, refuse) {
    const side = new Side(this.#peer, this.#transfer, number, use, (opened) => {
      this.#sides.delete(number);
      if (!opened) refuse();
      use.over();
    });
    this.#sides.set(number, side);
    return side;
  }
}

/** One side lane. */
class Side {
  #peer;
  #transfer;
  #number;
  #use;
  #ended;
  /** Null once it is over. @type {Connection | null} */
  #connection;
  /** Whether the description of the other end is set, or being set. */
  #described = false;
  #opened = false;
  #candidates = 0;
  /** One step after another. @type {Promise<void>} */
  #turn = Promise.resolve();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Peer} peer @param {string} transfer @param {number} number @param {Use} use @param {(opened: boolean) => void} ended */
  constructor(peer, transfer, number, use, ended) {
    this.#peer = peer;
    this.#transfer = transfer;
    this.#number = number;
    this.#use = use;
    this.#ended = ended;
    this.#connection = peer.sides.begin({
      found: (candidate) => peer.say({ type: "lane_candidate", transfer, lane: number, candidate }),
      changed: (state) => this.#changed(state),
      control: () => {},
      controlLost: () => this.#end(),
      lane: (lane) => lane.close(),
    });
    this.#timer = setTimeout(() => this.#end(), OPENING_MS);
  }

  offer() {
    this.#do(async (connection) => {
      const sdp = await connection.makeOffer(false);
      this.#listen(connection);
      if (sdp.length > MAX_LANE_SDP) return this.#end();
      this.#peer.say({ type: "lane_offer", transfer: this.#transfer, lane: this.#number, sdp });
    });
  }

  /** @param {string} sdp */
  answer(sdp) {
    this.#described = true;
    this.#do(async (connection) => {
      const answer = await connection.takeOffer(sdp);
      this.#listen(connection);
      if (answer.length > MAX_LANE_SDP) return this.#end();
      this.#peer.say({ type: "lane_answer", transfer: this.#transfer, lane: this.#number, sdp: answer });
    });
  }

  /** @param {Exclude<LaneMessage, {type: "lane_offer"}>} message */
  hear(message) {
    if (message.type === "lane_candidate") {
      this.#candidates += 1;
      const { candidate } = message;
      if (this.#described && this.#candidates <= MAX_CANDIDATES) this.#do((connection) => connection.addCandidate(candidate));
    } else if (message.sdp === null) {
      this.#end();
    } else if (!this.#described) {
      this.#described = true;
      const { sdp } = message;
      this.#do((connection) => connection.takeAnswer(sdp));
    }
  }

  /** Without a word. */
  close() {
    clearTimeout(this.#timer);
    const connection = this.#connection;
    this.#connection = null;
    if (connection) this.#peer.sides.end(connection);
  }

  /** What the browser refuses ends it. @param {(connection: Connection) => Promise<void>} step */
  #do(step) {
    this.#turn = this.#turn.then(async () => {
      try {
        if (this.#connection) await step(this.#connection);
      } catch (error) {
        if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
        this.#end();
      }
    });
  }

  /** @param {Connection} connection */
  #listen(connection) {
    if (!this.#connection) return; // closed meanwhile
    const lane = connection.asLane();
    lane.listen({
      opened: () => {
        clearTimeout(this.#timer);
        this.#opened = true;
        this.#use.opened(lane, connection.maxMessageBytes);
      },
      message: (message) => this.#connection && this.#use.message(message),
      closed: () => this.#end(),
    });
  }

  /** @param {LinkState} state */
  #changed(state) {
    if (state === "failed" || state === "closed") return this.#end();
    if (!this.#opened) return;
    clearTimeout(this.#timer);
    if (state === "disconnected") this.#timer = setTimeout(() => this.#end(), HEAL_MS);
  }

  #end() {
    if (!this.#connection) return;
    this.close();
    this.#ended(this.#opened);
  }
}
