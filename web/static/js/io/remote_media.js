// What one peer shows and says: its announcement, and the streams made of its connection's tracks.

import { Ear } from "./ear.js";

/**
 * @import { Control } from "../gen/messages.js"
 * @import { Connection } from "./connection.js"
 */

/** @type {Readonly<{mic: boolean, camera: boolean, screen: boolean, hand: boolean}>} */
const SILENT = Object.freeze({ mic: false, camera: false, screen: false, hand: false });

export class RemoteMedia {
  /** As announced. */
  said = SILENT;
  /** Camera and microphone; another object for another connection. @type {MediaStream | null} */
  stream = null;
  /** @type {MediaStream | null} */
  #screen = null;
  /** @type {MediaStreamTrack | null} */
  #camera = null;
  /** @type {Ear | null} */
  #ear = null;

  /** How loud its voice is, 0 to 1; null while its microphone is off. */
  get level() {
    return this.said.mic && this.#ear ? this.#ear.level : null;
  }

  /** Whether voice or picture should come. */
  get plays() {
    return this.said.mic || this.said.camera || this.said.screen;
  }

  /** Screen and its sound, while it is shared. */
  get screenStream() {
    return this.said.screen ? this.#screen : null;
  }

  /** A proven link runs. @param {Connection} connection */
  show(connection) {
    const [mic, screen, sound] = [connection.track("mic"), connection.track("screen"), connection.track("sound")];
    this.#camera = connection.track("camera");
    const receiver = connection.receiver("mic");
    this.#ear = mic && receiver && new Ear(receiver);
    this.stream = mic && new MediaStream([mic]);
    this.#screen = screen && new MediaStream(sound ? [screen, sound] : [screen]);
    this.#showCamera();
  }

  /** @param {Extract<Control, {type: "media"}>} announcement */
  hear({ mic, camera, screen, hand }) {
    this.said = Object.freeze({ mic, camera, screen, hand });
    this.#showCamera();
  }

  /** The link is gone; the last picture may stay until there is another one. */
  lose() {
    this.said = Object.freeze({ ...SILENT, hand: this.said.hand });
  }

  /** A picture that never comes would hold up the sound beside it, so the track is there only while there is one. */
  #showCamera() {
    if (!this.stream || !this.#camera) return;
    if (this.said.camera) this.stream.addTrack(this.#camera);
    else this.stream.removeTrack(this.#camera);
  }
}
