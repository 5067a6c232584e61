// What a person pastes into the room, as files to offer: files as they are, a picture and a text under a name with the time.

import { MAX_TEXT_BYTES } from "../gen/messages.js";
import { t } from "./text.js";

/** @typedef {import("../io/source.js").Picked} Picked */

/** What browsers call a picture that never was a file. */
const NAMELESS = /^image\.\w+$/;

/**
 * Nothing while a person writes, unless it is something that no line of text takes.
 * @param {ClipboardEvent} event @returns {Picked[]}
 */
export function pasted({ clipboardData, target }) {
  if (!clipboardData) return [];
  const text = clipboardData.getData("text/plain");
  const files = [...clipboardData.files];
  if (target instanceof Element && target.closest("input, textarea, select, [contenteditable]") && (text || !files.length)) return [];
  // Programs for tables and letters give a picture of the text beside it; the text is what is meant.
  const meant = text.trim() ? files.filter((file) => !NAMELESS.test(file.name)) : files;
  if (meant.length) return meant.map((file) => pictured(file));
  return text.trim() ? [written(text)] : [];
}

/** Whether the page can look into the clipboard by itself, where no keyboard is. */
export const canReadClipboard = () => Boolean(navigator.clipboard && "read" in navigator.clipboard);

/** @returns {Promise<Picked[]>} rejects where the person or the browser says no */
export async function readClipboard() {
  /** @type {Picked[]} */
  const found = [];
  for (const item of await navigator.clipboard.read()) {
    const type = item.types.find((each) => each.startsWith("image/")) ?? item.types.find((each) => each === "text/plain");
    const blob = type && (await item.getType(type));
    if (!blob) continue;
    if (type === "text/plain") found.push(written(await blob.text()));
    else found.push(pictured(new File([blob], `image.${type.slice(6).replace(/\W.*/, "")}`, { type, lastModified: Date.now() })));
  }
  return found;
}

/** @param {File} file @returns {Picked} */
function pictured(file) {
  if (!NAMELESS.test(file.name)) return { file, path: file.name };
  return { file, path: `${t("files.pasted_image")} ${stamp(new Date(file.lastModified))}${file.name.slice(file.name.lastIndexOf("."))}` };
}

/** @param {string} text @returns {Picked} */
function written(text) {
  const path = `${t("files.pasted_text")} ${stamp(new Date())}.txt`;
  const file = new File([text], path, { type: "text/plain" });
  return { file, path, text: file.size <= MAX_TEXT_BYTES };
}

/** Local time in the order in which names sort, without what a disk would refuse. @param {Date} at */
function stamp(at) {
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(".")}`;
}
