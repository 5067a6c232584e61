"""A folder that a person picks, as a page sees it."""

from __future__ import annotations

PICK_FOLDER = """globalThis.showDirectoryPicker = async () =>
    (await navigator.storage.getDirectory()).getDirectoryHandle("picked", { create: true });"""
"""The picker is a window of the browser that no driver can click; the folder that it gives here is a real one of the
browser's private file system, written to by the same calls."""
PICKED = """async () => {
    const found = {};
    const walk = async (folder, above) => {
        for await (const [name, handle] of folder) {
            if (handle.kind === "directory") found[`${above}${name}/`] = "";
            if (handle.kind === "directory") await walk(handle, `${above}${name}/`);
            else found[above + name] = await (await handle.getFile()).text();
        }
    };
    await walk(await (await navigator.storage.getDirectory()).getDirectoryHandle("picked"), "");
    return found;
}"""
