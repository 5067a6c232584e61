// Handing received files to the person: a download each, or a whole folder where the browser can write one.

/** @typedef {{path: string, blob: Blob}} Saved */
/** @typedef {{showDirectoryPicker?: (options: {mode: "readwrite"}) => Promise<FileSystemDirectoryHandle>}} Picker */

const KEPT_MS = 60_000;

/** Downloads one file under its own name. @param {Saved} file */
export function saveOne({ path, blob }) {
  const link = document.createElement("a");
  // Without a type of its own, nothing that came from a peer can be opened as a page of this site.
  link.href = URL.createObjectURL(blob.slice(0, blob.size, "application/octet-stream"));
  link.download = path.split("/").at(-1) ?? path;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}

/**
 * One file is downloaded; several go into a folder that the person picks, or are downloaded one by one.
 * @param {readonly Saved[]} files
 * @returns {Promise<void>} rejects with what the disk says; a picker that was closed is no error
 */
export async function saveAll(files) {
  const pick = /** @type {Picker} */ (globalThis).showDirectoryPicker;
  const nested = files.some((file) => file.path.includes("/"));
  if (files.length === 1 || !pick || !nested) return files.forEach(saveOne);
  let folder;
  try {
    folder = await pick.call(globalThis, { mode: "readwrite" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return;
    return files.forEach(saveOne);
  }
  for (const file of files) await write(folder, file);
}

/** @param {FileSystemDirectoryHandle} folder @param {Saved} file */
async function write(folder, { path, blob }) {
  const parts = path.split("/");
  const name = parts.pop() ?? "";
  let place = folder;
  for (const part of parts) place = await place.getDirectoryHandle(part, { create: true });
  const handle = await place.getFileHandle(await freeName(place, name), { create: true });
  await blob.stream().pipeTo(await handle.createWritable());
}

/** A name that is not taken: nothing is overwritten. @param {FileSystemDirectoryHandle} place @param {string} name */
async function freeName(place, name) {
  for (let count = 1; ; count += 1) {
    const tried = count === 1 ? name : name.replace(/(\.[^.]*)?$/, ` (${count})$1`);
    const free = await place.getFileHandle(tried).then(() => false, (error) => error.name === "NotFoundError");
    if (free) return tried;
  }
}
