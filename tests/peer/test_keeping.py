"""Disk jobs beside commits: none waits for what has happened already, and a slow disk holds back what comes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from peer import keeping
from peer.core.ledger import file_root
from peer.core.moves import FinishFile
from peer.disk import Landed, Store
from peer.keeping import Keeping
from peer.manifest import Manifest
from peer.wire.frames import LEAF_BYTES, Entry

DATA = b"what came"
PROOF = sha256(DATA).digest()
LEAF = bytes(LEAF_BYTES)
LEAF_PROOF = sha256(LEAF).digest()


@pytest.fixture(autouse=True)
async def _patience(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(keeping, "COMMIT_S", 0.02)
    async with asyncio.timeout(20):
        yield


@asynccontextmanager
async def working(kept: Keeping, store: Store) -> AsyncIterator[None]:
    """The block with commits beside it."""
    store.open()
    committing = asyncio.create_task(kept.run())
    try:
        yield
    finally:
        committing.cancel()
        await asyncio.wait([committing])
        await kept.close()
        store.close(keep=False)


def store_class(landed: threading.Event, finishing: threading.Event) -> type[Store]:
    class Hurried(Store):
        """A commit that was under way places the file before anybody is told that it is whole."""

        def finish(self, file: int, size: int, root: bytes, leaves: bytes) -> None:
            super().finish(file, size, root, leaves)
            finishing.set()
            assert landed.wait(10)

    return Hurried


async def test_a_file_that_is_placed_before_it_is_known_to_be_whole_is_not_waited_for(tmp_path: Path) -> None:
    landed, finishing = threading.Event(), threading.Event()
    manifest = Manifest((Entry("a", size=len(DATA)), Entry("b", size=len(DATA))))
    store = store_class(landed, finishing)(tmp_path, manifest, None, "refuse", executable=False)
    kept = Keeping(store, lambda _: landed.set())
    async with working(kept, store):
        assert await kept.prove(0, 0, memoryview(DATA), PROOF)
        ending = asyncio.create_task(kept.finish(FinishFile(0, len(DATA), file_root(len(DATA), PROOF), PROOF)))
        await asyncio.to_thread(finishing.wait, 10)
        assert await kept.prove(1, 0, memoryview(DATA), PROOF)  # and with it comes the commit
        await ending
    assert (tmp_path / "a").read_bytes() == DATA


async def test_what_comes_waits_for_a_disk_that_is_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "GROUP_BYTES", 2 * LEAF_BYTES)
    monkeypatch.setattr(keeping, "HOLD_BYTES", 4 * LEAF_BYTES)
    patience, written, asked = threading.Event(), threading.Event(), threading.Event()

    class Slow(Store):
        def prove(self, file: int, leaf: int, data: memoryview, sha256: bytes) -> bool:
            right = super().prove(file, leaf, data, sha256)
            written.set()
            assert asked.wait(10)  # for a while it counts as on its way and as written
            return right

        def commit(self) -> list[Landed]:
            assert patience.wait(10)
            return super().commit()

    store = Slow(tmp_path, Manifest((Entry("a", size=20 * LEAF_BYTES),)), None, "refuse", executable=False)
    kept = Keeping(store, lambda _: None)
    patience.set()
    async with working(kept, store):
        patience.clear()
        jobs = [asyncio.create_task(kept.prove(0, 0, memoryview(LEAF), LEAF_PROOF))]
        await asyncio.to_thread(written.wait, 10)
        jobs += [asyncio.create_task(kept.prove(0, leaf, memoryview(LEAF), LEAF_PROOF)) for leaf in range(1, 20)]
        await asyncio.sleep(0)
        asked.set()
        waiting = set(jobs)
        while len(waiting) > 16:
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait(waiting, timeout=0.3)  # in which none may come through
        assert sum(job.done() for job in jobs) == 4
        assert store.unsafe == 4 * LEAF_BYTES
        patience.set()
        assert all(await asyncio.gather(*jobs))


async def test_what_waits_when_all_is_over_is_let_go(tmp_path: Path) -> None:
    store = Store(tmp_path, Manifest((Entry("a", size=len(DATA)),)), None, "refuse", executable=False)
    kept = Keeping(store, lambda _: None)
    store.open()
    committing = asyncio.create_task(kept.run())
    assert await kept.prove(0, 0, memoryview(DATA), PROOF)
    committing.cancel()
    await asyncio.wait([committing])
    with pytest.raises(asyncio.CancelledError):
        await kept.finish(FinishFile(0, len(DATA), file_root(len(DATA), PROOF), PROOF))
    await kept.close()
    store.close(keep=True)
    assert (tmp_path / "a").read_bytes() == DATA, "it was whole, and is kept"
