"""Disks that fill up, cannot be written to, or have just room enough: what has come stays, and goes on afterwards."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from peer.disk import MARGIN_BYTES, Store
from peer.failures import DiskFailed, DiskStopped
from peer.manifest import Manifest
from peer.source import Source
from tests.support.resuming import SIZE, Run, holding, killed, often, whole
from tests.support.transfers import MIB, after_bytes, big_file, kept, tree

__all__ = ["often"]  # a fixture


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, with room for one and a half times the file."""
    disk = tmp_path / "disk"
    disk.mkdir()
    options = f"size={SIZE * 3 // 2 + MARGIN_BYTES}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "twocans-test", disk], check=True)
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.mark.namespaces
async def test_a_disk_that_fills_up_keeps_what_came_and_goes_on_when_there_is_room(
    tmp_path: Path, small_disk: Path
) -> None:
    path, out = big_file(tmp_path, SIZE), small_disk / "out"
    filler = small_disk / "somebody else's"

    def fill() -> None:
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(MIB))

    full = await Run(Source.from_paths([path]), out)(after_bytes(15 * MIB, fill))
    assert [type(end) for end in full] == [DiskFailed, DiskStopped]
    assert "the disk is full" in str(full[1])
    held = kept(out, path.read_bytes())
    assert held > 0
    still_full = await Run(Source.from_paths([path]), out)()
    assert [type(end) for end in still_full] == [DiskFailed, DiskFailed]
    assert "still missing" in str(still_full[1])
    assert kept(out, path.read_bytes()) == held
    filler.unlink()
    run = Run(Source.from_paths([path]), out)
    await whole(run)
    assert tree(out) == {"film.mkv": path.read_bytes()}
    assert run.held["receiver"] == held


@pytest.mark.namespaces
async def test_a_disk_that_can_only_be_read_keeps_what_is_there(tmp_path: Path, small_disk: Path) -> None:
    path, out = big_file(tmp_path, SIZE), small_disk / "out"
    await killed(Source.from_paths([path]), out, 20 * MIB, holding(10 * MIB))
    held = kept(out, path.read_bytes())
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    refused = await Run(Source.from_paths([path]), out)()
    assert [type(end) for end in refused] == [DiskFailed, DiskFailed]
    assert "can only be read" in str(refused[1])
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    run = Run(Source.from_paths([path]), out)
    await whole(run)
    assert tree(out) == {"film.mkv": path.read_bytes()}
    assert run.held["receiver"] == held


async def test_what_is_here_needs_no_space_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out = big_file(tmp_path, SIZE), tmp_path / "out"
    await killed(Source.from_paths([path]), out, 20 * MIB, holding(10 * MIB))
    held = kept(out, path.read_bytes())
    disk = list(os.statvfs(out))
    disk[1], disk[4] = 1, SIZE - held + MARGIN_BYTES - 1  # one byte too few
    monkeypatch.setattr(os, "fstatvfs", lambda _: os.statvfs_result(disk))
    manifest = Manifest(Source.from_paths([path]).entries)
    with pytest.raises(DiskFailed, match="still missing"):
        Store(out, manifest, None, "refuse", executable=False).open()
    assert kept(out, path.read_bytes()) == held
    disk[4] += 1
    store = Store(out, manifest, None, "refuse", executable=False)
    assert store.open().held
    store.close(keep=True)
    assert kept(out, path.read_bytes()) == held
