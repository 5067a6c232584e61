// How good a link is: a mark on the tile only while something is wrong, and all figures of the last minute for who asks.

import { html, svg } from "../../vendor/lit-html/lit-html.js";
import { closeBeside, icon } from "./parts.js";
import { nameOf } from "./peer.js";
import { formatNumber, formatRate, t } from "./text.js";

/** @typedef {import("../core/snapshot.js").PeerView} PeerView */
/** @typedef {import("../io/reading.js").Reading} Reading */
/** @typedef {import("../io/reading.js").Picture} Picture */

const SECONDS = 60;
const HEIGHT = 32;

/** @param {PeerView} peer @param {(peer: string) => void} show */
export function qualityView(peer, show) {
  const { level, cause } = peer.quality;
  if (level === "good" || peer.state !== "connected") return null;
  const words = t(`quality.${cause}`, { name: nameOf(peer) });
  return html`<button type="button" class="quality" data-testid="quality" data-peer=${peer.id} data-level=${level} data-cause=${cause}
    aria-haspopup="dialog" aria-label=${words} title=${words} @click=${() => show(peer.id)}>${icon("signal")}</button>`;
}

/** The figures of one link, drawn anew every second while somebody looks at them. */
export class Figures {
  #redraw;
  #download;
  #peer = "";
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {() => void} redraw @param {typeof import("../io/saving.js").download} download */
  constructor(redraw, download) {
    this.#redraw = redraw;
    this.#download = download;
  }

  get open() {
    return this.#peer !== "";
  }

  /** @param {string} peer whose; "" for nobody's any more */
  show(peer) {
    this.#peer = peer;
    clearInterval(this.#timer);
    if (peer) this.#timer = setInterval(this.#redraw, 1000);
    this.#redraw();
  }

  /** @param {readonly PeerView[]} peers @param {(peer: string) => readonly Reading[]} readingsOf */
  view(peers, readingsOf) {
    const peer = peers.find((each) => each.id === this.#peer);
    const readings = readingsOf(this.#peer);
    const save = () => peer && this.#download("twocans-report.json", new Blob([reportOf(peer, readings)]));
    return figuresView(peer, readings, () => this.show(""), save);
  }
}

/**
 * @param {PeerView | undefined} peer @param {readonly Reading[]} readings one a second
 * @param {() => void} closed @param {() => void} save
 */
function figuresView(peer, readings, closed, save) {
  return html`<dialog class="box figures" data-testid="figures" aria-labelledby="figures-title" @close=${closed} @click=${closeBeside}>
    ${peer
      ? html`<form method="dialog" class="box-inside">
          <h2 id="figures-title" data-level=${peer.quality.level}>${icon("signal")} ${t("quality.title", { name: nameOf(peer) })}</h2>
          <p>${t(`quality.${peer.quality.cause || "good"}`, { name: nameOf(peer) })}</p>
          <dl>${rowsOf(peer, readings)}</dl>
          <div class="box-do">
            <button type="button" class="button small" data-testid="save-report" @click=${save}>${icon("download")} ${t("quality.save")}</button>
            <button class="button primary">${t("safety.close")}</button>
          </div>
        </form>`
      : null}
  </dialog>`;
}

/** @param {PeerView} peer @param {readonly Reading[]} readings */
function rowsOf(peer, readings) {
  const last = readings.at(-1);
  if (!last) return row("way", t("connection.connecting"));
  const coming = rates(readings, "bytesIn");
  const going = rates(readings, "bytesOut");
  const losses = readings.slice(1).map((reading, index) => share(readings[index], reading));
  const trips = readings.map((reading) => (reading.roundTrip ?? 0) * 1000);
  return [
    row("way", peer.path ? t(`path.${peer.path}`) : "–"),
    row("trip", last.roundTrip === null ? "–" : t("quality.ms", { count: formatNumber(Math.round(last.roundTrip * 1000)) }), trips),
    row("in", formatRate(coming.at(-1) ?? 0), coming),
    row("out", formatRate(going.at(-1) ?? 0), going),
    row("lost", percent(losses.at(-1) ?? 0), losses),
    row("lost_there", percent(last.lostThere), readings.map((reading) => reading.lostThere)),
    row("seen", pictureOf(last.seen)),
    row("shown", pictureOf(last.shown)),
  ];
}

/** @param {string} key @param {string} value @param {readonly number[]} [course] */
function row(key, value, course) {
  return html`<div><dt>${t(`quality.row_${key}`)}</dt><dd>${course ? chart(course) : null}<span data-testid="figure" data-figure=${key}>${value}</span></dd></div>`;
}

/** The course of one figure over a minute, from nothing up to its highest. @param {readonly number[]} values */
function chart(values) {
  const top = Math.max(...values, Number.MIN_VALUE);
  const points = values.map((value, index) => `${SECONDS - values.length + index},${(HEIGHT - (value / top) * (HEIGHT - 2) - 1).toFixed(1)}`);
  return html`<svg class="course" viewBox=${`0 0 ${SECONDS - 1} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">${svg`<polyline points=${points.join(" ")}></polyline>`}</svg>`;
}

/** Bytes a second. @param {readonly Reading[]} readings @param {"bytesIn" | "bytesOut"} what */
const rates = (readings, what) => readings.slice(1).map((reading, index) => {
  const before = readings[index];
  return Math.max(0, ((reading[what] - before[what]) / (reading.at - before.at)) * 1000);
});

/** @param {Reading} before @param {Reading} now */
function share(before, now) {
  const [came, lost] = [now.came - before.came, Math.max(0, now.lost - before.lost)];
  return lost / Math.max(1, came + lost);
}

/** @param {number} value */
const percent = (value) => formatNumber(value, { style: "percent", maximumFractionDigits: 1 });

/** @param {Picture | null} picture */
function pictureOf(picture) {
  if (!picture) return "–";
  const { width, height, rate, codec } = picture;
  return t("quality.picture", { width: formatNumber(width), height: formatNumber(height), rate: formatNumber(Math.round(rate)), codec });
}

/** All of it for a bug report: figures alone, no names and no addresses. @param {PeerView} peer @param {readonly Reading[]} readings */
function reportOf({ kind, path, quality }, readings) {
  const began = readings[0]?.at ?? 0;
  const seconds = readings.map((reading) => ({ ...reading, at: Math.round(reading.at - began) / 1000 }));
  return JSON.stringify({ browser: navigator.userAgent, kind, path, quality, seconds }, null, 2);
}
