// Files out of a drop or an input, folders walked, each with the path under which it is offered.

/** @typedef {{file: File, path: string}} Picked */

/** @param {Iterable<File>} files of an `<input type=file>`, with or without `webkitdirectory` */
export function picked(files) {
  return Array.from(files, (file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/**
 * Reads a drop. The list must be taken while the event runs; the folders are walked afterwards.
 * @param {DataTransfer} data @returns {Promise<Picked[]>}
 */
export function dropped(data) {
  const entries = [];
  for (const item of data.items) {
    const entry = item.kind === "file" ? item.webkitGetAsEntry() : null;
    if (entry) entries.push(entry);
  }
  if (!entries.length) return Promise.resolve(picked(data.files));
  return Promise.all(entries.map((entry) => walk(entry, ""))).then((found) => found.flat());
}

/** Whether a drag carries files. @param {DragEvent} event */
export function bringsFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** @param {FileSystemEntry} entry @param {string} above @returns {Promise<Picked[]>} */
async function walk(entry, above) {
  const path = above + entry.name;
  if (isFile(entry)) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file, path }];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const found = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    for (const below of some) found.push(...(await walk(below, `${path}/`)));
  }
}

/** @param {FileSystemEntry} entry @returns {entry is FileSystemFileEntry} */
function isFile(entry) {
  return entry.isFile;
}
