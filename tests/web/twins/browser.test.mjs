// Which browser it is, by what each of them says of itself.

import assert from "node:assert/strict";
import { test } from "node:test";

import { browserOf } from "../../../web/static/js/core/browser.js";

const SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
const BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)";
/** @type {[string, string, number?][]} what is told, user agent, touches */
const TABLE = [
  ["chrome", `Mozilla/5.0 (X11; Linux x86_64) ${BLINK} Chrome/156.0.0.0 Safari/537.36`],
  ["chrome", `Mozilla/5.0 (X11; Linux x86_64) ${BLINK} HeadlessChrome/156.0.0.0 Safari/537.36`],
  ["chrome", `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK} Chrome/148.0.0.0 Safari/537.36`, 10],
  ["chrome", `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${BLINK} Chrome/148.0.0.0 Safari/537.36`],
  ["chrome", `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK} Chrome/148.0.0.0 Safari/537.36 Edg/148.0.0.0`],
  ["chrome", `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${BLINK} Chrome/148.0.0.0 Safari/537.36`, 10],
  ["firefox", "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"],
  ["firefox", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"],
  ["firefox", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0"],
  ["safari", `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${SAFARI} Version/18.4 Safari/605.1.15`, 0],
  ["android", `Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Chrome/148.0.0.0 Mobile Safari/537.36`, 5],
  ["android", `Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Chrome/148.0.0.0 Safari/537.36`, 5],
  ["ios", `Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) ${SAFARI} Version/18.4 Mobile/15E148 Safari/604.1`, 5],
  ["ios", `Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) ${SAFARI} Version/12.1.2 Mobile/15E148 Safari/604.1`, 5],
  ["ios", `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${SAFARI} Version/18.4 Safari/605.1.15`, 5],
  ["general", `Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) ${SAFARI} CriOS/148.0.7000.0 Mobile/15E148 Safari/604.1`, 5],
  ["general", `Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) ${SAFARI} FxiOS/140.0 Mobile/15E148 Safari/605.1.15`, 5],
  ["general", `Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) ${SAFARI} Version/18.0 EdgiOS/148.0.0.0 Mobile/15E148 Safari/605.1.15`, 5],
  ["general", `Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) ${SAFARI} Mobile/15E148 Instagram 380.0.0.0`, 5],
  ["general", `Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) ${SAFARI} Mobile/15E148 [FBAN/FBIOS;FBAV/500.0.0.0]`, 5],
  ["general", "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", 5],
  ["general", `Mozilla/5.0 (Linux; Android 10; K) ${BLINK} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`, 5],
  ["general", `Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Chrome/148.0.0.0 Mobile Safari/537.36 EdgA/148.0.0.0`, 5],
  ["general", `Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Chrome/148.0.0.0 Mobile Safari/537.36 OPR/90.0.0.0`, 5],
  ["general", `Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/AP4A; wv) ${BLINK} Version/4.0 Chrome/148.0.0.0 Mobile Safari/537.36`, 5],
  ["general", `Mozilla/5.0 (X11; Linux x86_64) ${SAFARI} Version/18.0 Safari/605.1.15`],
  ["general", ""],
];

for (const [family, userAgent, touches = 0] of TABLE) {
  test(`${family}: ${userAgent || "nothing"}${touches ? `, ${touches} touches` : ""}`, () => {
    assert.equal(browserOf(userAgent, touches), family);
  });
}
