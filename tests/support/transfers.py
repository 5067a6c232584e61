"""What tests of whole transfers share: a receiver that takes everything, files to move, and what became of them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

from peer.journal import read
from peer.transfer import Incoming, Outgoing, Progress, Receipt, Source
from tests.support.channels import MemoryWire, wire_pair

MIB = 1024 * 1024


async def receive(wire: MemoryWire, out: Path, **options: object) -> Receipt:
    incoming = Incoming(wire, await wire.offers.get())
    await incoming.manifest()
    return await incoming.accept(out, **options)  # type: ignore[arg-type]


async def move(source: Source, out: Path) -> tuple[Receipt, Receipt]:
    near, far = wire_pair()
    return await asyncio.gather(Outgoing(source).run(near), receive(far, out))


async def ends(*works: asyncio.Future[Receipt] | asyncio.Task[Receipt]) -> list[object]:
    """What each ended with, errors as values."""
    async with asyncio.timeout(20):
        return list(await asyncio.gather(*works, return_exceptions=True))


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def tree(folder: Path) -> dict[str, bytes | str | None]:
    """Everything below a folder: contents, targets of links, None for folders."""
    found: dict[str, bytes | str | None] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        found[name] = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else None
    return found


def kept(out: Path, source: bytes) -> int:
    """Bytes that a broken transfer of one file has left for the next: nothing else is there, and all of it is right."""
    (folder,) = (out / ".twocans").iterdir()
    journal, part = folder / "journal", folder / "0.part"
    assert set(tree(out)) == {str(path.relative_to(out)) for path in (folder.parent, folder, journal, part)}
    past = read(journal.read_bytes(), folder.name)
    assert past.end == journal.stat().st_size
    data, held = part.read_bytes(), 0
    for file, first, count in past.held:
        assert file == 0
        start, end = first * MIB, min((first + count) * MIB, len(source))
        assert data[start:end] == source[start:end]
        held += end - start
    return held


def big_file(folder: Path, size: int = 8 * MIB + 3) -> Path:
    path = folder / "film.mkv"
    path.write_bytes(noise(size))
    return path


def after_bytes(count: int, act: Callable[[], object]) -> Callable[[Progress], None]:
    """Acts once, when that many bytes have moved."""
    left = [act]

    def watch(progress: Progress) -> None:
        if progress.bytes >= count and left:
            left.pop()()

    return watch
