"""Every hostile manifest of the vectors against a real receiver and a real disk, and disks where links lie in wait."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from peer.endings import explained
from peer.exits import Exit, Failed
from peer.placing import OnConflict
from peer.source import Source
from peer.transfer import Incoming, Outgoing
from tests.support.channels import MemoryWire, wire_pair
from tests.support.pages import TRANSFER, offer_of, pages_of
from tests.support.sentinels import Ground
from tests.support.transfers import receive
from tests.support.vectors import read_vectors

PAGES = read_vectors("pages")["hostile"]
NAMES = [
    {
        "name": vector["name"],
        "offer": {
            "files": len(vector["entries"]),
            "bytes": sum(entry.get("size", 0) for entry in vector["entries"]),
        },
        "pages": [[0, 0, 1, json.dumps(vector["entries"])]],
        "refused": vector["rule"],
    }
    for vector in read_vectors("names")["hostile"]
]


def test_there_are_three_hundred() -> None:
    assert len(NAMES) >= 300
    assert len({json.dumps([each["offer"], each["pages"]]) for each in NAMES + PAGES}) == len(NAMES) + len(PAGES)


@pytest.mark.parametrize("vector", NAMES + PAGES, ids=lambda vector: vector["name"])
async def test_nothing_is_touched_by_a_manifest_that(vector: dict[str, Any], tmp_path: Path) -> None:
    ground = Ground(tmp_path)
    near, far = wire_pair()
    await _offer(near, vector)
    incoming = Incoming(far, await far.offers.get())
    with pytest.raises(Failed) as failed, explained():
        await incoming.accept(ground.out, "overwrite")
    assert ground.changes() == set()
    hostile_name = vector["refused"] != "malformed"
    assert failed.value.exit == (Exit.UNSAFE_NAME if hostile_name else Exit.ERROR)
    assert failed.value.sentence.isprintable()
    answer = await near.hear(TRANSFER)
    assert getattr(answer, "reason", "") == ("unsafe_name" if hostile_name else "error")


async def _offer(wire: MemoryWire, vector: dict[str, Any]) -> None:
    """A sender that checks nothing of its own."""
    await wire.say(offer_of(vector))
    lane = await wire.open_lane(TRANSFER)
    for page in pages_of(vector):
        await lane.send(page)


# A disk on which links lie in wait


def _link(place: str, target: str) -> Any:
    def lay(ground: Ground) -> None:
        path = ground.out / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    return pytest.param(lay, id=f"{place} leads to {target}")


LINKS = [
    _link("album", "../../outside"),
    _link("album", "../../outside/a"),
    _link("album", "/"),
    _link("album", "."),
    _link("album", "album"),
    _link("album/sub", "../../../outside"),
    _link("album/sub", "/proc/self/cwd"),
    _link("album/sub", "nowhere"),
    _link("album/sub/evil", "../../../../outside/evil"),
    _link("album/sub/evil", "../../../../outside/new"),
    _link("album/top.txt", "../../../outside/evil"),
    _link("album/top.txt", "/dev/null"),
    _link("album/link", "../../../outside"),
    _link(".twocans", "../../outside"),
    _link(".twocans", "dir"),
    _link(".twocans", "nowhere"),
]


@pytest.fixture
def album(tmp_path: Path) -> Source:
    """A file at the top, one below, one that is empty, a folder and a link."""
    folder = tmp_path / "album"
    (folder / "sub" / "bare").mkdir(parents=True)
    (folder / "top.txt").write_text("top")
    (folder / "sub" / "evil").write_bytes(b"e" * 40_000)
    (folder / "sub" / "empty").touch()
    (folder / "link").symlink_to("sub/evil")
    return Source.from_paths([folder])


@pytest.mark.parametrize("on_conflict", ["refuse", "rename", "skip", "overwrite"])
@pytest.mark.parametrize("lay", LINKS)
async def test_no_link_on_the_disk_leads_a_write_elsewhere(
    lay: Any, on_conflict: OnConflict, album: Source, tmp_path: Path
) -> None:
    ground = Ground(tmp_path)
    lay(ground)
    ground.remember()
    await _move(album, ground, on_conflict)
    changes = ground.changes()
    assert {
        each for each in changes if not each.startswith(("home/inbox/out/album", "home/inbox/out/.twocans"))
    } == set()
    if on_conflict != "overwrite":
        assert changes & ground.known == set()


@pytest.mark.parametrize("place", ["journal", *(f"{file}.part" for file in range(7))])
@pytest.mark.parametrize("hard", [False, True], ids=["a link", "a second name"])
async def test_no_link_in_the_partial_folder_leads_a_write_elsewhere(
    place: str, hard: bool, album: Source, tmp_path: Path
) -> None:
    ground = Ground(tmp_path)
    folder = ground.out / ".twocans" / album.manifest.fingerprint
    folder.mkdir(parents=True)
    if hard:
        os.link(ground.outside / "evil", folder / place)
    else:
        (folder / place).symlink_to(ground.outside / "evil")
    await _move(album, ground, "refuse")
    assert (ground.outside / "evil").read_text() == "this is home/outside/evil"


async def _move(source: Source, ground: Ground, on_conflict: OnConflict) -> None:
    """However it ends."""
    near, far = wire_pair()
    async with asyncio.timeout(20):
        await asyncio.gather(
            Outgoing(source).run(near), receive(far, ground.out, on_conflict=on_conflict), return_exceptions=True
        )
