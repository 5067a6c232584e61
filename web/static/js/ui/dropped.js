// Files out of a drop or an input, folders walked, each with the path under which it is offered.

/** @typedef {import("../io/source.js").Picked} Picked */
/** @typedef {{picked: Picked[], unreadable: string[]}} Drop  unreadable: paths that the browser cannot read */
/**
 * Chromium tells when a folder was changed, and the standard does not know of it.
 * @typedef {{getMetadata?: (done: (known: {modificationTime: Date}) => void, failed: () => void) => void}} Dated
 */

/** @param {Iterable<File>} files of an `<input type=file>`, with or without `webkitdirectory` @returns {Picked[]} */
export function picked(files) {
  return Array.from(files, (file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/**
 * Reads a drop. The list must be taken while the event runs; the folders are walked afterwards.
 * @param {DataTransfer} data @param {(count: number) => void} found called as the walk goes on @returns {Promise<Drop>}
 */
export async function dropped(data, found) {
  const entries = [];
  for (const item of data.items) {
    const entry = item.kind === "file" ? item.webkitGetAsEntry() : null;
    if (entry) entries.push(entry);
  }
  if (!entries.length) return { picked: picked(data.files), unreadable: [] };
  const walk = new Walk(found);
  await walk.all(entries, "");
  walk.picked.sort((a, b) => (a.path < b.path ? -1 : 1)); // the same folder has the same list whenever it is dropped
  return walk;
}

/** Whether a drag carries files. @param {DragEvent} event */
export function bringsFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

class Walk {
  /** @type {Picked[]} */
  picked = [];
  /** @type {string[]} */
  unreadable = [];
  #found;

  /** @param {(count: number) => void} found */
  constructor(found) {
    this.#found = found;
  }

  /** @param {readonly FileSystemEntry[]} entries of one folder @param {string} above */
  async all(entries, above) {
    await Promise.all(entries.filter(isFile).map((entry) => this.#file(entry, above + entry.name)));
    this.#found(this.picked.length);
    for (const entry of entries) if (isFolder(entry)) await this.#folder(entry, above + entry.name);
  }

  /** @param {FileSystemFileEntry} entry @param {string} path */
  async #file(entry, path) {
    try {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      this.picked.push({ file, path });
    } catch {
      this.unreadable.push(path);
    }
  }

  /** @param {FileSystemDirectoryEntry} entry @param {string} path */
  async #folder(entry, path) {
    this.picked.push({ file: null, path, mtime: await changedAt(entry) });
    const reader = entry.createReader();
    try {
      for (;;) {
        /** @type {FileSystemEntry[]} */
        const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
        if (!some.length) return;
        await this.all(some, `${path}/`);
      }
    } catch {
      this.unreadable.push(path);
    }
  }
}

/** Milliseconds since 1970, 0 where the browser does not tell. @param {FileSystemDirectoryEntry & Dated} folder @returns {Promise<number>} */
const changedAt = (folder) => new Promise((resolve) => {
  if (!folder.getMetadata) return resolve(0);
  folder.getMetadata(({ modificationTime }) => resolve(modificationTime.getTime()), () => resolve(0));
});

/** @param {FileSystemEntry} entry @returns {entry is FileSystemFileEntry} */
const isFile = (entry) => entry.isFile;

/** @param {FileSystemEntry} entry @returns {entry is FileSystemDirectoryEntry} */
const isFolder = (entry) => entry.isDirectory;
