"""Transfers that are killed: what the first run leaves, and a second one that goes on with it."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from peer import keeping
from peer.journal import read
from peer.source import Source
from peer.transfer import Outgoing, Progress, Receipt
from peer.wire.frames import FrameType, read_files, unpack
from tests.support.channels import MemoryWire, wire_pair
from tests.support.transfers import MIB, ends, noise, receive

SIZE = 40 * MIB + 3


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes 32 MiB or a second outside is safe after 4 MiB or a blink here."""
    monkeypatch.setattr(keeping, "GROUP_BYTES", 4 * MIB)
    monkeypatch.setattr(keeping, "HOLD_BYTES", 8 * MIB)
    monkeypatch.setattr(keeping, "COMMIT_S", 0.05)


class Sent:
    """What a sender puts on its lanes."""

    def __init__(self, wire: MemoryWire) -> None:
        self.leaves: set[tuple[int, int]] = set()
        self.proofs: set[tuple[int, int]] = set()
        self.files: Counter[int] = Counter()
        wire.tamper = self._see

    def _see(self, message: bytes) -> bytes:
        frame = unpack(message)
        match frame.type:
            case FrameType.DATA:
                self.leaves.add((frame.file, frame.leaf))
            case FrameType.LEAF if (frame.file, frame.leaf) not in self.leaves:
                self.proofs.add((frame.file, frame.leaf))
            case FrameType.FILES:
                self.files.update(small.file for small, _ in read_files(frame))
            case _:
                pass
        return message


class Run:
    """One run of both ends with fresh processes' worth of state."""

    def __init__(self, source: Source, out: Path, **options: object) -> None:
        self.near, self.far = wire_pair()
        self.sent = Sent(self.near)
        self.held: dict[str, int] = {}
        self._outgoing = Outgoing(source)
        self._out, self._options = out, options

    async def __call__(self, on_progress: Callable[[Progress], None] | None = None) -> list[object]:
        sending = asyncio.ensure_future(
            self._outgoing.run(self.near, on_resumed=lambda held: self.held.update(sender=held))
        )
        receiving = asyncio.ensure_future(
            receive(
                self.far,
                self._out,
                on_progress=on_progress,
                on_resumed=lambda held: self.held.update(receiver=held),
                **self._options,
            )
        )
        return await ends(sending, receiving)

    def part(self) -> None:
        """Both ends go, each without the other's word."""
        self.near.leave()
        self.far.leave()


async def killed(
    source: Source,
    out: Path,
    at: int,
    until: Callable[[Path], bool] = Path.exists,
    into: Path | None = None,
    **options: object,
) -> None:
    """Fills `out` with what a receiver leaves that is killed after so many bytes, and `until` says so of its folder.

    It receives `into` a folder with something in it, if that is given.
    """
    scratch = into or out.with_name("scratch")
    run = Run(source, scratch, **options)

    def watch(progress: Progress) -> None:
        if progress.bytes >= at and until(scratch) and not out.exists():
            image(scratch, out)
            run.part()

    assert [type(end) for end in await run(watch)] != [Receipt, Receipt]
    shutil.rmtree(scratch)


def image(folder: Path, copy: Path) -> None:
    """What is there while somebody writes there: a file that is moved meanwhile may be in neither place."""

    def take(source: str, target: str) -> None:
        with suppress(FileNotFoundError):
            shutil.copy2(source, target)

    shutil.copytree(folder, copy, symlinks=True, copy_function=take)


def holding(least: int) -> Callable[[Path], bool]:
    """Whether so many bytes of partial files are safe in a folder."""

    def holds(out: Path) -> bool:
        journals = [(journal.read_bytes(), journal.parent.name) for journal in out.glob(".twocans/*/journal")]
        return sum(run.leaves for text, name in journals for run in read(text, name).held) * MIB >= least

    return holds


async def whole(run: Run, on_progress: Callable[[Progress], None] | None = None) -> tuple[Receipt, Receipt]:
    sent, received = await run(on_progress)
    assert isinstance(sent, Receipt), sent
    assert isinstance(received, Receipt), received
    return sent, received


def album(folder: Path) -> Path:
    (folder / "album" / "empty").mkdir(parents=True)
    for number in range(120):
        (folder / "album" / f"{number:03}.txt").write_bytes(noise(200 + number * 97, number))
    for number in range(6):
        (folder / "album" / f"{number}.jpg").write_bytes(noise(3 * MIB + number, number))
    (folder / "album" / "nothing").touch()
    (folder / "album" / "link").symlink_to("nothing")
    return folder / "album"
