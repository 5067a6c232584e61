"""What tests of whole transfers share: a receiver that takes everything, files to move, and what became of them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

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
