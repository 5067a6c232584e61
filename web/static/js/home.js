// The home page: three doors into a room.
//
//     start-call ─► /r#secret        send-files ─► /f#secret        a code ─► /f#code, a link ─► where it leads

import { BadInvite, linkOf, newLinkInvite, parseInvite } from "./core/invite.js";
import { render } from "../vendor/lit-html/lit-html.js";
import { Recordings } from "./io/recordings.js";
import { enliven } from "./ui/frame.js";
import { offerToInstall } from "./ui/installing.js";
import { markMade } from "./ui/made.js";
import { findObstacle } from "./ui/support.js";
import { recordingsView } from "./ui/recordings.js";
import { t } from "./ui/text.js";

enliven();
on("start-call", "click", () => open(false));
on("send-files", "click", () => open(true));
offerToInstall(/** @type {HTMLButtonElement} */ (document.querySelector('[data-testid="install"]')));

const field = /** @type {HTMLInputElement} */ (document.getElementById("code-input"));
const says = /** @type {HTMLOutputElement} */ (document.getElementById("code-hint"));
field.addEventListener("input", preview);
const kept = /** @type {HTMLElement} */ (document.getElementById("kept-recordings"));
const recordings = new Recordings({ changed: () => render(recordingsView(recordings.views, recordings), kept) });
void recordings.look();
document.getElementById("code-form")?.addEventListener("submit", enter);

/** Makes an invite here, in the page: the server never hears it. @param {boolean} files */
async function open(files) {
  if (await obstructed()) return;
  const invite = await newLinkInvite();
  markMade(invite.room);
  location.assign(linkOf(invite, location.origin, files));
}

/** Shows what the code will be read as, while it is typed. */
async function preview() {
  const typed = field.value;
  const found = await parseInvite(typed).catch(() => null);
  if (field.value !== typed) return;
  field.removeAttribute("aria-invalid");
  if (found?.code) say("good", t("home.code_reads", { code: found.code }));
  else if (found) say("good", t("home.code_link"));
  else say("", says.dataset.hint ?? "");
}

/** @param {Event} event */
async function enter(event) {
  event.preventDefault();
  try {
    const invite = await parseInvite(field.value);
    if (await obstructed()) return;
    location.assign(addressOf(invite, field.value));
  } catch (error) {
    if (!(error instanceof BadInvite)) throw error;
    field.setAttribute("aria-invalid", "true");
    field.focus();
    say("bad", t(`bad_invite.${error.reason}`));
  }
}

/** A link leads where it says, a code to the files, a bare secret to the call. @param {import("./core/invite.js").Invite & {server: string | null}} invite @param {string} typed */
function addressOf(invite, typed) {
  const files = invite.server === null ? invite.code !== null : new URL(typed.trim()).pathname.endsWith("/f");
  return linkOf(invite, invite.server ?? location.origin, files);
}

/** Says at once what the room page would say later. */
async function obstructed() {
  const obstacle = await findObstacle();
  if (obstacle) say("bad", t(`ended.${obstacle}.text`));
  return obstacle !== "";
}

/** @param {"" | "good" | "bad"} state @param {string} text */
function say(state, text) {
  says.dataset.state = state;
  says.textContent = text;
}

/** @param {string} hook @param {string} event @param {() => void} act */
function on(hook, event, act) {
  document.querySelector(`[data-testid="${hook}"]`)?.addEventListener(event, act);
}
