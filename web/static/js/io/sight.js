// Who looks at what: what the other end wants of our pictures, and what we want of theirs.

import { cameraShape, screenShape } from "../core/budget.js";

/**
 * @import { SayControl } from "../gen/messages.js"
 * @import { Connection } from "./connection.js"
 */
/** @typedef {Omit<Extract<SayControl, {type: "view"}>, "type">} View */

export class Sight {
  #house;
  /** @type {View} */
  #theirs = { camera: "full", screen: true };
  /** @type {View} */
  #ours = { camera: "full", screen: true };

  /** @param {{others: () => number, lowData: () => boolean}} house */
  constructor(house) {
    this.#house = house;
  }

  /** What is to be said to the other end. @returns {Extract<SayControl, {type: "view"}>} */
  get message() {
    const { camera, screen } = this.#ours;
    const small = this.#house.lowData() && camera === "full";
    return { type: "view", camera: small ? "small" : camera, screen };
  }

  /** Whether what is announced should come. @param {{mic: boolean, camera: boolean, screen: boolean}} said */
  awaits({ mic, camera, screen }) {
    return mic || (camera && this.#ours.camera !== "none") || (screen && this.#ours.screen);
  }

  /** @param {View} view of ours; true if it is another */
  look(view) {
    const same = view.camera === this.#ours.camera && view.screen === this.#ours.screen;
    this.#ours = view;
    return !same;
  }

  /** @param {View} view of theirs */
  hear({ camera, screen }) {
    this.#theirs = { camera, screen };
  }

  /** @param {Connection} connection */
  shape(connection) {
    const others = this.#house.others();
    connection.shape("camera", cameraShape(others, this.#theirs.camera, this.#house.lowData()));
    connection.shape("screen", screenShape(others, this.#theirs.screen));
  }
}
