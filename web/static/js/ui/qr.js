// A link as a QR code (ISO/IEC 18004), drawn as one path: sharp at any size, no image, no inline style.

import { html } from "../../vendor/lit-html/lit-html.js";
import { encodeQR } from "../../vendor/qr/index.js";

const QUIET = 3; // modules of white around it
let drawn = { text: "", size: 0, path: "" };

/** @param {string} text @param {string} label what a screen reader says */
export function qrView(text, label) {
  if (drawn.text !== text) drawn = draw(text);
  return html`<svg class="qr" data-testid="invite-qr" role="img" aria-label=${label} viewBox=${`0 0 ${drawn.size} ${drawn.size}`}>
    <path d=${drawn.path}></path>
  </svg>`;
}

/** @param {string} text */
function draw(text) {
  const rows = encodeQR(text, "raw", { ecc: "medium", border: QUIET });
  const path = rows.map((row, y) => runs(row).map(([x, width]) => `M${x} ${y}h${width}v1h-${width}z`).join("")).join("");
  return { text, size: rows.length, path };
}

/** Where dark modules begin and how many follow each other. @param {readonly boolean[]} row */
function runs(row) {
  /** @type {[number, number][]} */
  const found = [];
  row.forEach((dark, x) => {
    const last = found.at(-1);
    if (dark && last && last[0] + last[1] === x) last[1] += 1;
    else if (dark) found.push([x, 1]);
  });
  return found;
}
