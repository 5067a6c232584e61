// Handing received files to the person. A download: one file as it is, several as one zip. Or a place that the person
// picks, where the browser can write to one: a file, or a folder.
//
//     one file ──► Blob address ──► download        several ──► zip, streamed by store/worker.js ──► save_worker.js ──► download
//     picked ◄── stream ── whole files               no service worker (a certificate that nobody signed): zip on disk first

import { randomBytes } from "../core/invite.js";
import { toBase64url } from "../core/bytes.js";
import { fold } from "../core/names.js";
import { scriptUrl } from "./scripts.js";

/** @import { Entry } from "../gen/messages.js" */
/** @import { Shelf } from "./shelf.js" */
/** @typedef {{entry: Entry, file: number}} Numbered */
/**
 * @typedef {object} Pickers  of the File System Access API, which TypeScript does not know
 * @property {(options: {suggestedName: string}) => Promise<FileSystemFileHandle>} [showSaveFilePicker]
 * @property {(options: {mode: "readwrite"}) => Promise<FileSystemDirectoryHandle>} [showDirectoryPicker]
 */

const SCOPE = "/save/";
const KEPT_MS = 60_000;
/** A service worker that hears nothing for half a minute is ended, stream or not. */
const AWAKE_MS = 10_000;
const REGISTER_MS = 10_000;

/** Downloads one file under its own name. @param {string} path @param {Blob} blob */
export function download(path, blob) {
  // Without a type of its own, nothing that came from a peer can be opened as a page of this site.
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob.slice(0, blob.size, "application/octet-stream"));
  link.download = path.split("/").at(-1) ?? path;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}

/** Downloads all files as one zip; resolves once the browser has all of it. @param {Shelf} shelf @param {string} name */
export async function downloadZip(shelf, name) {
  const doorman = shelf.kept ? await register() : null;
  if (!doorman || !(await stream(doorman, shelf, name))) download(name, await shelf.zipFile());
}

/**
 * Writes everything to where the person wants it.
 * @param {Shelf} shelf @param {readonly Numbered[]} entries @param {(bytes: number) => void} moved
 * @returns {Promise<boolean>} false when the person closed the picker; rejects with what the disk says
 */
export async function saveTo(shelf, entries, moved) {
  const files = entries.filter(({ entry }) => entry.kind === "file");
  const [{ entry: { path }, file }] = files;
  const { showSaveFilePicker: pickFile, showDirectoryPicker: pickFolder } = /** @type {Pickers} */ (globalThis);
  try {
    if (files.length === 1 && !path.includes("/")) {
      const place = await pickFile?.call(globalThis, { suggestedName: path });
      if (!place) return false;
      await write(place, await shelf.blob(file), moved);
      return true;
    }
    const folder = await pickFolder?.call(globalThis, { mode: "readwrite" });
    if (!folder) return false;
    await writeTree(folder, shelf, entries, moved);
    return true;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return false;
    throw error;
  }
}

/** The name of a zip of these: that of the one thing at its top, or of the first. @param {readonly Entry[]} entries */
export function zipName(entries) {
  const tops = new Set(entries.map(({ path }) => path.split("/")[0]));
  const [first = "files"] = tops;
  return `${first}${tops.size > 1 ? ` +${tops.size - 1}` : ""}.zip`;
}

/** @param {FileSystemDirectoryHandle} folder @param {Shelf} shelf @param {readonly Numbered[]} entries @param {(bytes: number) => void} moved */
async function writeTree(folder, shelf, entries, moved) {
  /** What the top of each path is called there: nothing that is there already is touched. @type {Map<string, string>} */
  const tops = new Map();
  for (const { file, entry: { path, kind } } of entries) {
    const [top, ...below] = path.split("/");
    if (!tops.has(top)) tops.set(top, await freeName(folder, top));
    const parts = [tops.get(top) ?? top, ...below];
    const name = kind === "file" ? (parts.pop() ?? "") : "";
    let place = folder;
    for (const part of parts) place = await place.getDirectoryHandle(part, { create: true });
    if (kind === "file") await write(await place.getFileHandle(name, { create: true }), await shelf.blob(file), moved);
  }
}

/** @param {FileSystemFileHandle} place @param {Blob} blob @param {(bytes: number) => void} moved */
async function write(place, blob, moved) {
  const told = new TransformStream({
    transform(/** @type {Uint8Array} */ data, controller) {
      moved(data.length);
      controller.enqueue(data);
    },
  });
  await blob.stream().pipeThrough(told).pipeTo(await place.createWritable());
}

/** @param {FileSystemDirectoryHandle} folder @param {string} name */
async function freeName(folder, name) {
  /** @type {Set<string>} */
  const taken = new Set();
  // Some disks do not tell capitals apart, and then the name is taken too.
  for await (const each of folder.keys()) taken.add(fold(each));
  for (let count = 1; ; count += 1) {
    const tried = count === 1 ? name : name.replace(/(\.[^.]*)?$/, ` (${count})$1`);
    if (!taken.has(fold(tried))) return tried;
  }
}

/** Whether the zip could be handed on as a stream. @param {ServiceWorker} doorman @param {Shelf} shelf @param {string} name */
async function stream(doorman, shelf, name) {
  const id = toBase64url(randomBytes(16));
  const { port1, port2 } = new MessageChannel();
  const path = SCOPE + id;
  doorman.postMessage({ path, name }, [port1]);
  try {
    await shelf.zip(id, port2);
  } catch (error) {
    if (error instanceof DOMException && error.name === "DataCloneError") return false; // it cannot lend a stream
    throw error;
  }
  const awake = setInterval(() => doorman.postMessage({}), AWAKE_MS);
  // Chromium takes a link that says `download` past the service worker, and Firefox closes the page's WebSocket when it
  // follows one that does not: a frame leaves the page alone in both.
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.src = path;
  document.body.append(frame);
  await shelf.zipped(id);
  clearInterval(awake);
  frame.remove();
  return true;
}

/** The service worker; null where there is none, or where the browser does not believe the server's certificate. */
async function register() {
  try {
    const registration = await navigator.serviceWorker.register(scriptUrl("save"), { scope: SCOPE });
    const worker = registration.active ?? registration.waiting ?? registration.installing;
    if (!worker || worker.state === "activated") return worker;
    const signal = AbortSignal.timeout(REGISTER_MS);
    await new Promise((resolve, reject) => {
      worker.addEventListener("statechange", () => worker.state === "activated" && resolve(undefined), { signal });
      signal.addEventListener("abort", reject);
    });
    return worker;
  } catch {
    return null;
  }
}
