"""Hostile names against the page in a real browser: nothing is kept or asked; and odd names, which stay names."""

from __future__ import annotations

import asyncio
import json
import re
import zipfile
from pathlib import Path

import pytest

from peer.exits import Exit
from tests.support.browsers import ChromiumPage
from tests.support.commands import assert_ended
from tests.support.hostile import HOSTILE
from tests.support.picking import PICK_FOLDER, PICKED
from tests.support.processes import python, twocans
from tests.support.server import Server

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]

NASTIEST: list[list[dict[str, object]]] = [
    [{"path": "innocent.txt", "size": 7}, {"path": "../evil", "size": 7}],
    [{"path": "/etc/cron.d/evil", "size": 7}],
    [{"path": "C:/Windows/evil.dll", "size": 7}],
    [{"path": "..\\..\\evil", "size": 7}],
    [{"path": ".twocans/0123456789abcdef0123456789abcdef/journal", "size": 7}],
    [{"path": ".Two\u200dCans/x", "size": 7}],
    [{"path": "invoice\u202egpj.exe", "size": 7}],
    [{"path": "<img src=x onerror=alert(1)>/../x", "size": 7}],
    [{"path": "a\x00b\x1b[2J", "size": 7}],
    [{"path": "README", "size": 7}, {"path": "readme", "size": 7}],
    [{"path": "top/link", "kind": "link", "target": "../../etc"}],
    [{"path": "top/link", "kind": "link", "target": "x"}, {"path": "top/link/evil", "size": 7}],
    [{"path": "nul.txt", "size": 7}],
    [{"path": "a/" * 200 + "x", "size": 7}],
]
ODD = {
    "odd/-rf": "options",
    "odd/$(reboot)`id`;&|": "words of a shell",
    "odd/%2e%2e%2fevil": "an escape that nobody reads",
    "odd/[red]x{0}%s": "markup",
    "odd/<img src=x onerror=alert(1)>": "a page",
    "odd/__proto__": "a script's own",
    "odd/constructor": "another",
    "odd/\u09b0\u200d\u09cd\u09af\u09be\u09ac": "a joiner that Bengali needs",
    "odd/~": "a home",
    "odd/..evil..x": "dots",
}
REFUSED = """() => document.querySelector('[data-testid="notice"][data-key="unsafe-name"]')"""
DONE = """() => document.querySelector('[data-testid="transfer"][data-state="done"]')"""
EVERYTHING = """async () => {
    const found = [];
    const walk = async (folder, above) => {
        for await (const [name, handle] of folder) {
            found.push(above + name);
            if (handle.kind === "directory") await walk(handle, `${above}${name}/`);
        }
    };
    await walk(await navigator.storage.getDirectory(), "");
    return found;
}"""
MINE = """async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("picked", { create: true });
    for (const name of ["odd", "ODD (2)"]) {
        const file = await (await folder.getFileHandle(name, { create: true })).createWritable();
        await file.write("mine");
        await file.close();
    }
}"""


@pytest.fixture
def page(page: ChromiumPage) -> ChromiumPage:
    page.page.on("dialog", lambda dialog: page.console.append(f"error: dialog {dialog.message}"))
    return page


@pytest.mark.slow
async def test_the_nastiest_names_are_refused_unseen(server: Server, page: ChromiumPage) -> None:
    with python(HOSTILE, server.url, "names", json.dumps(NASTIEST)) as sender:
        said = await asyncio.to_thread(sender.wait_for, rf"(http\S+\n){{{len(NASTIEST)}}}")
        for number, link in enumerate(re.findall(r"http\S+", said[0])):
            await page.goto("about:blank")
            await page.goto(link)
            await page.until(REFUSED)
            assert await page.page.get_by_test_id("accept").count() == 0, NASTIEST[number]
            assert not re.search("[\u202e\x00\x1b]", await page.run("() => document.body.textContent")), NASTIEST[
                number
            ]
            assert await page.run(EVERYTHING) == []
        ended = await asyncio.to_thread(sender.finish)
        assert ended.stdout.count("UnsafeName") == len(NASTIEST)
    assert [line for line in page.console if line.startswith("error")] == []


async def test_odd_names_stay_names_in_a_zip_and_a_picked_folder(
    server: Server, page: ChromiumPage, tmp_path: Path
) -> None:
    await page.page.add_init_script(PICK_FOLDER)
    for name, text in ODD.items():
        (tmp_path / "outbox" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "outbox" / name).write_text(text)
    with twocans("send", tmp_path / "outbox" / "odd", "--server", server.url, "--json") as sender:
        await page.goto((await asyncio.to_thread(sender.wait_for, r'"link": ?"([^"]+)"'))[1])
        await page.see("accept")
        await page.run(MINE)
        await page.click("accept")
        await page.until(DONE, within=60)
        assert_ended(await asyncio.to_thread(sender.finish), Exit.DONE)
    with zipfile.ZipFile(await page.save("save")) as zipped:
        assert {name: zipped.read(name).decode() for name in zipped.namelist() if name != "odd/"} == ODD
    await page.click("save-to")
    expected = {"odd": "mine", "ODD (2)": "mine", "odd (3)/": ""}
    expected |= {name.replace("odd/", "odd (3)/", 1): text for name, text in ODD.items()}
    await page.until(
        f"async (many) => Object.keys(await ({PICKED})().catch(() => ({{}}))).length === many", len(expected)
    )
    await page.until("() => !document.querySelector('[data-testid=\"save-to\"]').disabled")
    assert await page.run(PICKED) == expected
    assert [line for line in page.console if line.startswith("error")] == []
