// Tries out what a call will need, one thing after the other, without anybody else: the server, the ways that packets
// find out of this network, the relay, camera and microphone.

import { newLinkInvite } from "../core/invite.js";
import { Connection, plain } from "./connection.js";
import { listDevices, openMedia } from "./media.js";
import { ServerLink } from "./websocket.js";

/** @import { IceServer } from "./connection.js" */
/** @typedef {"good" | "warn" | "bad"} Verdict */
/** @typedef {{verdict: Verdict, says: string, values?: Record<string, string | number>}} Finding  says: key under `check.` */

const ANSWER_MS = 10_000;
const GATHER_MS = 8_000;
const RELAY_MS = 12_000;

/**
 * Enters an empty room of its own and leaves it.
 * @param {string} origin @returns {Promise<Finding & {iceServers: readonly IceServer[]}>}
 */
export async function tryServer(origin) {
  const { room } = await newLinkInvite();
  const began = performance.now();
  /** @type {ServerLink | null} */
  let link = null;
  /** @type {Promise<readonly IceServer[] | string>} */
  const answer = new Promise((resolve) => {
    link = new ServerLink(origin, room, {
      heard: (notice) => notice.type === "welcome" && resolve(notice.ice_servers),
      changed: () => {},
      ended: resolve,
      holdsLink: () => false,
      hurries: () => false,
    });
    link.open();
    setTimeout(() => resolve(""), ANSWER_MS);
  });
  const said = await answer;
  /** @type {ServerLink | null} */ (link)?.close();
  if (typeof said === "string") return { verdict: "bad", says: said === "unauthorised" ? "server_token" : "server_silent", iceServers: [] };
  return { verdict: "good", says: "server_good", values: { count: Math.round(performance.now() - began) }, iceServers: said };
}

/** Whether packets find a way out of this network. @param {readonly IceServer[]} iceServers @returns {Promise<Finding>} */
export async function tryWays(iceServers) {
  const asked = iceServers.filter(({ urls }) => urls.some((url) => url.startsWith("stun")));
  const connection = new RTCPeerConnection({ iceServers: asked.map(plain) });
  connection.createDataChannel("");
  /** @type {Set<string>} */
  const found = new Set();
  let unanswered = false;
  await new Promise((resolve) => {
    connection.onicecandidateerror = () => (unanswered = true);
    connection.onicecandidate = ({ candidate }) => {
      if (!candidate) return resolve(undefined);
      if (candidate.protocol === "udp" && candidate.type) found.add(candidate.type);
    };
    void connection.setLocalDescription();
    setTimeout(resolve, GATHER_MS);
  });
  connection.close();
  if (!found.has("host")) return { verdict: "bad", says: "ways_none" };
  if (!asked.length) return { verdict: "warn", says: "ways_unasked" };
  // Without a translation of addresses the answer is one that is known already, and is not told again.
  return found.has("srflx") || !unanswered ? { verdict: "good", says: "ways_out" } : { verdict: "warn", says: "ways_inside" };
}

/** Whether a relay takes us in and lets packets through, there and back. @param {readonly IceServer[]} iceServers @returns {Promise<Finding>} */
export async function tryRelay(iceServers) {
  if (!iceServers.some(({ urls }) => urls.some((url) => url.startsWith("turn")))) return { verdict: "warn", says: "relay_none" };
  /** @type {(passes: boolean) => void} */
  let end = () => {};
  const passes = new Promise((resolve) => (end = resolve));
  const lost = () => end(false);
  const here = new Connection(iceServers, {
    ...DEAF, found: (candidate) => void there.addCandidate(candidate), control: () => end(true), controlLost: lost,
  }, true);
  const there = new Connection(iceServers, {
    ...DEAF, found: (candidate) => void here.addCandidate(candidate), control: (text) => there.say(text), controlLost: lost,
  }, true);
  const timer = setTimeout(lost, RELAY_MS);
  await here.takeAnswer(await there.takeOffer(await here.makeOffer(false)));
  void here.opened.then(() => here.say("there and back"));
  const passed = await passes;
  clearTimeout(timer);
  here.close();
  there.close();
  return passed ? { verdict: "good", says: "relay_good" } : { verdict: "bad", says: "relay_silent" };
}

/** Asks for camera and microphone, and gives them back. @returns {Promise<{camera: Finding, mic: Finding}>} */
export async function tryDevices() {
  const { cameras, mics } = await listDevices();
  const { stream, camera, mic } = await openMedia({ camera: true, mic: true });
  const [picture] = stream?.getVideoTracks() ?? [];
  const [sound] = stream?.getAudioTracks() ?? [];
  const found = { camera: deviceFinding(camera, picture, cameras.length), mic: deviceFinding(mic, sound, mics.length) };
  for (const track of stream?.getTracks() ?? []) track.stop();
  return found;
}

/** @param {import("../core/snapshot.js").DeviceState} state @param {MediaStreamTrack | undefined} track @param {number} count @returns {Finding} */
function deviceFinding(state, track, count) {
  if (track) return { verdict: "good", says: "device_good", values: { label: track.label } };
  return { verdict: "warn", says: `device_${count ? state : "missing"}` };
}

const DEAF = { found: () => {}, changed: () => {}, control: () => {}, controlLost: () => {}, lane: () => {} };
