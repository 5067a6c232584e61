// Draws the picture of a recording: everybody with their name, and the screen that is shared.

import { FRAME, compose, contain, crop } from "../core/composition.js";
import { colourOf, initials, nameOf } from "./peer.js";

/**
 * @import { Rect } from "../core/composition.js"
 * @import { Compositor as Composes, Participant, Shot } from "../io/recording.js"
 */

const BACKGROUND = "#0a0d11";
const TILE = "#1a222a";
const GLASS = "rgb(13 17 22 / 72%)";
const INK = "#f3f6f8";
const FACE_INK = "#0c1319";
const MARGIN = 8;

/** @implements {Composes} */
export class Compositor {
  canvas = Object.assign(document.createElement("canvas"), FRAME);
  #pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d", { alpha: false }));
  #font = getComputedStyle(document.body).fontFamily;
  /** @type {Shot} */
  #shot = { participants: [], screen: null };
  /** @type {Map<MediaStreamTrack, HTMLVideoElement>} */
  #videos = new Map();
  /** By colour of the tiles. @type {Map<number, string>} */
  #colours = new Map();

  /** From now on. @param {Shot} shot */
  show(shot) {
    this.#shot = shot;
    const tracks = new Set([...shot.participants, shot.screen].map((each) => each?.picture));
    for (const [track, video] of this.#videos) {
      if (tracks.has(track)) continue;
      video.srcObject = null;
      this.#videos.delete(track);
    }
    for (const track of tracks) if (track && !this.#videos.has(track)) this.#videos.set(track, play(track));
  }

  draw() {
    const { participants, screen } = this.#shot;
    const { screen: large, pictures } = compose(participants.length, screen !== null);
    this.#fill(BACKGROUND, { x: 0, y: 0, ...FRAME });
    for (const [at, each] of participants.entries()) this.#drawTile(each, pictures[at]);
    if (screen && large) this.#drawScreen(screen, large);
  }

  end() {
    this.show({ participants: [], screen: null });
  }

  /** @param {Participant} participant @param {Rect} tile */
  #drawTile(participant, tile) {
    const video = this.#picture(participant);
    this.#fill(TILE, tile);
    if (!video) {
      this.#drawFace(participant, tile);
    } else if (video.videoHeight > video.videoWidth) {
      this.#drawWhole(video, tile);
    } else {
      const { x, y, width, height } = crop({ width: video.videoWidth, height: video.videoHeight }, tile);
      this.#pen.drawImage(video, x, y, width, height, tile.x, tile.y, tile.width, tile.height);
    }
    this.#drawName(participant, tile);
  }

  /** @param {Participant} participant @param {Rect} large */
  #drawScreen(participant, large) {
    const video = this.#picture(participant);
    if (video) this.#drawWhole(video, large);
    this.#drawName(participant, large);
  }

  /** @param {HTMLVideoElement} video @param {Rect} inside */
  #drawWhole(video, inside) {
    const { x, y, width, height } = contain({ width: video.videoWidth, height: video.videoHeight }, inside);
    this.#pen.drawImage(video, x, y, width, height);
  }

  /** @param {Participant} participant @param {Rect} tile */
  #drawFace({ id, name }, { x, y, width, height }) {
    const pen = this.#pen;
    const radius = height / 6;
    pen.fillStyle = this.#colour(colourOf(id));
    pen.beginPath();
    pen.arc(x + width / 2, y + height / 2, radius, 0, 2 * Math.PI);
    pen.fill();
    pen.fillStyle = FACE_INK;
    pen.font = `700 ${Math.round(radius * 0.8)}px ${this.#font}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(initials(name), x + width / 2, y + height / 2);
  }

  /** @param {Participant} participant @param {Rect} tile */
  #drawName(participant, { x, y, width, height }) {
    const pen = this.#pen;
    const size = height > 200 ? 20 : 14;
    pen.font = `600 ${size}px ${this.#font}`;
    pen.textAlign = "start";
    pen.textBaseline = "middle";
    const words = this.#cut(nameOf(participant), width - 4 * MARGIN);
    const label = { x: x + MARGIN, y: y + height - MARGIN - 2 * size, width: pen.measureText(words).width + 2 * MARGIN, height: 2 * size };
    this.#fill(GLASS, label);
    pen.fillStyle = INK;
    pen.fillText(words, label.x + MARGIN, label.y + size);
  }

  /** @param {string} words @param {number} width */
  #cut(words, width) {
    if (this.#pen.measureText(words).width <= width) return words;
    const letters = [...new Intl.Segmenter(document.documentElement.lang).segment(words)].map(({ segment }) => segment);
    while (letters.length && this.#pen.measureText(`${letters.join("")}…`).width > width) letters.pop();
    return `${letters.join("")}…`;
  }

  /** Null until there is one to be drawn. @param {Participant} participant */
  #picture({ picture }) {
    const video = picture && this.#videos.get(picture);
    return video && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && video.videoWidth ? video : null;
  }

  /** @param {string} colour @param {Rect} area */
  #fill(colour, { x, y, width, height }) {
    this.#pen.fillStyle = colour;
    this.#pen.fillRect(x, y, width, height);
  }

  /** What the style sheet gives a face. @param {number} number */
  #colour(number) {
    const known = this.#colours.get(number);
    if (known) return known;
    const probe = Object.assign(document.createElement("span"), { className: "face", hidden: true });
    probe.dataset.colour = String(number);
    document.body.append(probe);
    const { backgroundColor } = getComputedStyle(probe);
    probe.remove();
    this.#colours.set(number, backgroundColor);
    return backgroundColor;
  }
}

/** Beside the page, so that it goes on whatever the page shows. @param {MediaStreamTrack} track */
function play(track) {
  const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true, srcObject: new MediaStream([track]) });
  void video.play().catch(() => {}); // its track went meanwhile
  return video;
}
