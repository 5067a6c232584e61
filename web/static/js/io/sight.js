// Who looks at what: what the other end wants of our pictures and gets of them, and what we want of theirs.

import { cameraShape, screenShape, soundRate } from "../core/budget.js";

/**
 * @import { SayControl } from "../gen/messages.js"
 * @import { Connection } from "./connection.js"
 * @import { Peer } from "./peer.js"
 * @import { House } from "./peer_host.js"
 */
/** @typedef {Omit<Extract<SayControl, {type: "view"}>, "type">} View */

export class Sight {
  #peer;
  #house;
  #connection;
  /** @type {View} */
  #theirs = { camera: "full", screen: true };
  /** @type {View} */
  #ours = { camera: "full", screen: true };

  /** @param {Peer} peer @param {House} house @param {() => Connection | null} connection the one that runs */
  constructor(peer, house, connection) {
    this.#peer = peer;
    this.#house = house;
    this.#connection = connection;
  }

  /** What they look at of our camera. */
  get wish() {
    return this.#theirs.camera;
  }

  /** Whether what is announced should come. @param {{mic: boolean, camera: boolean, screen: boolean}} said */
  awaits({ mic, camera, screen }) {
    return mic || (camera && this.#ours.camera !== "none") || (screen && this.#ours.screen);
  }

  /** What of their pictures is looked at here. @param {View} view */
  look(view) {
    const same = view.camera === this.#ours.camera && view.screen === this.#ours.screen;
    this.#ours = view;
    if (!same) this.#sayView();
  }

  /** What they say that they look at. @param {View} view */
  hear({ camera, screen }) {
    this.#theirs = { camera, screen };
    this.#shape();
  }

  /** A link runs, or how many we are is another, or what our line, or a person's wish, allows. */
  reshape() {
    this.#shape();
    this.#sayView();
  }

  /** Says which of our devices are on, and sends them as they are now. Where the line carries no picture, there is none. */
  announce() {
    const media = this.#house.media.announcement;
    this.#peer.say(this.#voiceAlone ? { ...media, camera: false } : media);
    this.#shape();
  }

  get #voiceAlone() {
    return this.#house.sharing.step(this.#peer.id) === "voice";
  }

  #shape() {
    const connection = this.#connection();
    if (!connection) return;
    const { media, sharing } = this.#house;
    const camera = this.#voiceAlone ? "none" : this.#theirs.camera;
    const little = sharing.lowData || sharing.step(this.#peer.id) !== "whole";
    connection.encode(sharing.encoder(connection.codecs));
    connection.shape("camera", cameraShape(sharing.others, camera, little));
    connection.shape("screen", screenShape(sharing.others, this.#theirs.screen));
    connection.rate("mic", soundRate(sharing.others, media.sound, little));
    connection.rate("sound", soundRate(sharing.others, "music", little));
  }

  #sayView() {
    if (!this.#peer.can("view")) return;
    const { camera, screen } = this.#ours;
    const small = this.#house.sharing.lowData && camera === "full";
    this.#peer.say({ type: "view", camera: small ? "small" : camera, screen });
  }
}
