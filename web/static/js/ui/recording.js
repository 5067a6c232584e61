// Recording as a person sees it: the button, the mark that stands for as long as anybody records, and the one on a tile.

import { html } from "../../vendor/lit-html/lit-html.js";
import { Compositor } from "./compositor.js";
import { icon } from "./parts.js";
import { nameOf } from "./peer.js";
import { formatList, t } from "./text.js";

/** @typedef {import("../core/snapshot.js").Snapshot} Snapshot */
/** @typedef {import("../io/room.js").Room} Room */

/** Begins, or ends. @param {Room} room */
export function turnRecording(room) {
  const { recording: { own }, door } = room.snapshot;
  if (own === "off" && !door.outside) void room.recording.start(() => new Compositor());
  if (own === "on") void room.recording.stop();
}

/** @param {Room} room */
export function recordButton(room) {
  const { own } = room.snapshot.recording;
  if (own === "unable") return null;
  const on = own === "on" || own === "stopping";
  return html`<button type="button" class="round quiet record" data-testid="record" aria-pressed=${on} aria-label=${t("recording.record")}
    title=${t(on ? "recording.stop" : "recording.start")} @click=${() => turnRecording(room)}>${icon("record")}</button>`;
}

/** In the bar, for everyone. It is there before anybody records, so that it is read out. @param {Snapshot} snapshot */
export function recordersView({ recording, peers }) {
  const mine = recording.own === "on";
  const names = peers.filter(({ id }) => recording.others.includes(id)).map(nameOf);
  const count = names.length + Number(mine);
  const mark = html`<span class="recorders-said" data-testid="recorders" data-count=${count}>${icon("record")} <span>${said(names, mine)}</span></span>`;
  return html`<p class="recorders" role="status">${count ? mark : null}</p>`;
}

/** @param {readonly string[]} names @param {boolean} mine */
function said(names, mine) {
  if (mine && !names.length) return t("recording.mine");
  if (!mine && names.length === 1) return t("recording.by", { name: names[0] });
  return t("recording.several", { names: formatList(mine ? [t("tile.you"), ...names] : names) });
}

/** On the tile of who records. @param {boolean} records */
export function recordsView(records) {
  return records ? html`<span class="records" role="img" aria-label=${t("recording.tile")}>${icon("record")}</span>` : null;
}
