// The room page, /r and /f: composes the room with its views.
//
//     obstacle? ─► ending          /r ─► lobby ─► call ─► ending
//     bad invite? ─► ending        /f ─────────► files ─► ending        /r?auto=1 passes through the lobby by itself

import { BadInvite, parseInvite } from "./core/invite.js";
import * as media from "./io/media.js";
import { Room } from "./io/room.js";
import { download } from "./io/saving.js";
import { outdated } from "./io/version.js";
import { CallView } from "./ui/call.js";
import { loadChoices } from "./ui/choices.js";
import { endingView } from "./ui/ending.js";
import { enliven } from "./ui/frame.js";
import { Lobby } from "./ui/lobby.js";
import { takeHost, wasMade } from "./ui/made.js";
import { mount } from "./ui/parts.js";
import { findObstacle } from "./ui/support.js";

/** @typedef {import("./core/invite.js").Invite} Invite */

const host = /** @type {HTMLElement} */ (document.getElementById("app"));
const mode = document.body.dataset.mode === "files" ? "files" : "call";

enliven();
addEventListener("hashchange", () => location.reload()); // another invite is another room
void begin();

async function begin() {
  const obstacle = await findObstacle();
  if (obstacle) return showEnding(obstacle, null);
  try {
    const invite = await parseInvite(decodeURIComponent(location.hash.slice(1)));
    if (mode === "files") return enter(invite, { name: loadChoices().name, stream: null, mic: "none", camera: "none", locked: false });
    return await showLobby(invite);
  } catch (error) {
    if (!(error instanceof BadInvite || error instanceof URIError)) throw error;
    return showEnding("bad-invite", null);
  }
}

/** @param {Invite} invite */
async function showLobby(invite) {
  document.body.dataset.view = "lobby";
  const lobby = new Lobby(host, media, (entrance) => enter(invite, entrance), invite.room);
  if (new URLSearchParams(location.search).get("auto") === "1") await lobby.enter();
}

/** @param {Invite} invite @param {import("./ui/lobby.js").Entrance} entrance */
function enter(invite, { name, stream, mic, camera, locked }) {
  const room = new Room({
    token: invite.token,
    server: location.origin,
    name,
    stream,
    deviceStates: { mic, camera },
    sound: loadChoices().sound,
    made: takeHost(invite.room),
    locked,
    media: mode === "call",
  });
  const view = new CallView(host, room, { mode, made: wasMade(invite.room), media, download });
  const visit = new AbortController();
  room.addEventListener("change", look, { signal: visit.signal });
  host.focus({ preventScroll: true });
  void room.join();

  let before = room.snapshot.server;
  function look() {
    const { phase, ended, server } = room.snapshot;
    if (server === "connected" && before === "reconnecting") void tellOfUpdate(room);
    before = server;
    if (phase !== "left" && phase !== "ended") return;
    visit.abort();
    view.end();
    showEnding(phase === "left" ? "left" : ended, () => location.reload());
  }
}

/** A server that was away may have come back as another; a call goes on as it is. @param {Room} room */
async function tellOfUpdate(room) {
  if (await outdated()) room.warn("update");
}

/** @param {string} reason @param {(() => void) | null} again */
function showEnding(reason, again) {
  document.body.dataset.view = "ending";
  mount(host, () => endingView({ reason, again }));
  host.querySelector("h1")?.focus();
}
