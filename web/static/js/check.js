// The check page, /check: composes the trials of io/trial.js with their view.
//
//     browser? ─► server ─► ways out of this network ─► relay          camera and microphone only when one asks for them

import { tryDevices, tryRelay, tryServer, tryWays } from "./io/trial.js";
import { checkView } from "./ui/check.js";
import { enliven } from "./ui/frame.js";
import { mount } from "./ui/parts.js";
import { findObstacle } from "./ui/support.js";

/** @import { Finding } from "./io/trial.js" */
/** @import { Item } from "./ui/check.js" */

const NAMES = /** @type {const} */ (["browser", "server", "ways", "relay", "camera", "mic"]);
/** @type {Map<Item["name"], Item>} */
const items = new Map(NAMES.map((name) => [name, { name, finding: null, runs: false }]));

enliven();
const host = /** @type {HTMLElement} */ (document.getElementById("app"));
const redraw = mount(host, () => checkView([...items.values()], { again: () => void check(), devices: () => void checkDevices() }));
void check();

async function check() {
  for (const name of /** @type {const} */ (["server", "ways", "relay"])) items.set(name, { name, finding: null, runs: false });
  const obstacle = await during("browser", async () => {
    const found = await findObstacle();
    return { verdict: found ? "bad" : "good", says: found ? `browser_${found}` : "browser_good", found };
  });
  if (obstacle.found) return;
  const { iceServers, verdict } = await during("server", () => tryServer(location.origin));
  if (verdict === "bad") return;
  await during("ways", () => tryWays(iceServers));
  await during("relay", () => tryRelay(iceServers));
}

async function checkDevices() {
  for (const name of /** @type {const} */ (["camera", "mic"])) items.set(name, { name, finding: null, runs: true });
  redraw();
  const { camera, mic } = await tryDevices();
  items.set("camera", { name: "camera", finding: camera, runs: false });
  items.set("mic", { name: "mic", finding: mic, runs: false });
  redraw();
}

/** @template {Finding} T @param {Item["name"]} name @param {() => Promise<T>} trial */
async function during(name, trial) {
  items.set(name, { name, finding: null, runs: true });
  redraw();
  const finding = await trial();
  items.set(name, { name, finding, runs: false });
  redraw();
  return finding;
}
