"""Folders of many small files, which go whole and several in one frame: page to terminal, back, and page to page."""

from __future__ import annotations

import asyncio
import random
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.async_api import Browser

from peer.exits import Exit
from tests.support.browsers import ChromiumPage, chromium_page
from tests.support.calls import open_files
from tests.support.commands import MIB, assert_ended
from tests.support.processes import twocans
from tests.support.server import Server

pytestmark = pytest.mark.chromium

STATE = """(state) => document.querySelector(`[data-testid="transfer"][data-state="${state}"]`)"""
PICK_FOLDER = """globalThis.showDirectoryPicker = async () =>
    (await navigator.storage.getDirectory()).getDirectoryHandle("picked", { create: true });"""
"""The picker is the browser's own window; what the page does with its folder is real."""
PICKED = """async (read = (file) => file.text()) => {
    const found = {};
    const walk = async (folder, above) => {
        for await (const [name, handle] of folder) {
            if (handle.kind === "directory") await walk(handle, `${above}${name}/`);
            else found[above + name] = await read(await handle.getFile());
        }
    };
    await walk(await (await navigator.storage.getDirectory()).getDirectoryHandle("picked"), "");
    return found;
}"""
WRITTEN = f"async (many) => Object.keys(await ({PICKED})().catch(() => ({{}}))).length === many"
"""A file that is just being written cannot be read."""
DIGESTS = f"""async () => ({PICKED})(async (file) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer())).toHex())"""


def grow_many(folder: Path) -> Path:
    """300 small files and, among them, some that are not."""
    chance = random.Random(3)
    sizes = [chance.randint(1, 32 * 1024) for _ in range(300)] + [0, 32 * 1024, 32 * 1024 + 1, 2 * MIB + 1, 1]
    for number, size in enumerate(sizes):
        file = folder / f"{number % 7}" / f"{number}.bin"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(chance.randbytes(size))
    return folder


def digests_in(folder: Path) -> dict[str, str]:
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {str(file.relative_to(folder.parent)): sha256(file.read_bytes()).hexdigest() for file in files}


async def test_many_small_files_go_from_page_to_terminal(server: Server, page: ChromiumPage, tmp_path: Path) -> None:
    link = await open_files(page, server.url)
    many = grow_many(tmp_path / "outbox" / "many")
    await page.choose("folder-input", many)
    with twocans("receive", link, "--yes", "--out", tmp_path / "inbox") as receiver:
        assert_ended(await asyncio.to_thread(receiver.finish), Exit.DONE)
    assert digests_in(tmp_path / "inbox" / "many") == digests_in(many)
    await page.until(STATE, "done")


async def test_many_small_files_go_from_terminal_to_page(server: Server, page: ChromiumPage, tmp_path: Path) -> None:
    await page.page.add_init_script(PICK_FOLDER)
    many = grow_many(tmp_path / "outbox" / "many")
    with twocans("send", many, "--server", server.url, "--json") as sender:
        await page.goto((await asyncio.to_thread(sender.wait_for, r'"link": ?"([^"]+)"'))[1])
        await page.see("accept")
        await page.click("accept")
        await page.until(STATE, "done")
        assert_ended(await asyncio.to_thread(sender.finish), Exit.DONE)
    await save_and_compare(page, many)


async def test_many_small_files_go_from_page_to_page(
    server: Server, browser: Browser, page: ChromiumPage, tmp_path: Path
) -> None:
    bela = await chromium_page(browser, tmp_path)
    await bela.page.add_init_script(PICK_FOLDER)
    link = await open_files(page, server.url)
    many = grow_many(tmp_path / "outbox" / "many")
    await page.choose("folder-input", many)
    await bela.goto(link)
    await bela.see("accept")
    await bela.click("accept")
    for person in (page, bela):
        await person.until(STATE, "done")
    await save_and_compare(bela, many)


async def save_and_compare(page: ChromiumPage, folder: Path) -> None:
    """Saves a received folder, and compares what was written."""
    await page.click("save-to")
    wanted = digests_in(folder)
    await page.until(WRITTEN, len(wanted))
    assert await page.run(DIGESTS) == wanted
