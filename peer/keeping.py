"""The disk jobs of a transfer, in threads: what has come is proven and written at once, and made safe in time.

A commit costs a wait for the disk, so many share one: it comes when GROUP_BYTES are written, when COMMIT_S have passed
since something was, or when a file is whole and waits for its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeVar

from peer.core.moves import CheckLeaf, FinishFile
from peer.disk import Landed, Whole
from peer.sink import Sink

COMMIT_S = 1.0
GROUP_BYTES = 32 * 1024 * 1024
HOLD_BYTES = 2 * GROUP_BYTES
"""So much may be lost when this process is killed; beyond it, what comes waits for the disk. With what is on its way,
at most the credit of 32 MiB, a kill costs 64 MiB and what a link of more than 32 MiB/s carries in a second."""
CHECKERS = 2

T = TypeVar("T")


class Keeping:
    """Runs a sink's jobs. `run` beside everything else; then `close`.

    Args:
        sink: open.
        landed: told of every file that is in its place.

    Raises:
        DiskFailed: from every job, and from `run`.
    """

    def __init__(self, sink: Sink, landed: Callable[[Landed], None]) -> None:
        self.jobs = 0
        """How many are at work, or wait for their turn in a thread."""
        self._sink = sink
        self._landed = landed
        self._writer = ThreadPoolExecutor(1, "write")
        self._committer = ThreadPoolExecutor(1, "commit")
        self._checkers = ThreadPoolExecutor(CHECKERS, "check")
        self._written = asyncio.Event()
        self._urgent = asyncio.Event()
        self._eased = asyncio.Event()
        """Something was made safe, or a job is over: there may be room for what waits."""
        self._waiting: dict[int, asyncio.Future[None]] = {}
        """Files that are whole and wait for their place."""
        self._queued = 0
        """Bytes on their way to the disk."""
        self._over = False

    async def prove(self, file: int, leaf: int, data: memoryview, sha256: bytes) -> bool:
        """Writes a leaf if it is right; see Store."""
        return await self._write(len(data), partial(self._sink.prove, file, leaf, data, sha256))

    async def check(self, leaf: CheckLeaf) -> bool:
        """Whether a leaf that an earlier run left is right; see Store."""
        return await self._in(self._checkers, partial(self._sink.check, leaf.file, leaf.leaf, leaf.sha256))

    async def take_files(self, files: Sequence[Whole]) -> list[int]:
        """Writes small files; returns those that are not right; see Store."""
        size = sum(len(each.data) for each in files)
        return await self._write(size, partial(self._sink.take_files, files))

    async def finish(self, file: FinishFile) -> None:
        """Returns once the file is in its place, or left out. Raises IntegrityFailed."""
        # Before the job: a commit that is under way may place the file before we hear that it is whole.
        placed = self._waiting[file.file] = asyncio.get_running_loop().create_future()
        try:
            await self._in(self._checkers, partial(self._sink.finish, file.file, file.size, file.root, file.leaves))
            self._mark(urgent=True)
            if self._over:
                placed.cancel()
            await placed
        finally:
            self._waiting.pop(file.file, None)

    async def finish_tree(self) -> None:
        """Commits, and places what is not a file."""
        for landed in await self._in(self._committer, self._sink.finish_tree):
            self._land(landed)

    async def run(self) -> None:
        """Commits until cancelled."""
        try:
            while True:
                await self._written.wait()
                self._written.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(COMMIT_S):
                        await self._urgent.wait()
                self._urgent.clear()
                for landed in await self._in(self._committer, self._sink.commit):
                    self._land(landed)
                self._eased.set()
        finally:
            self._over = True
            self._sink.stop()
            self._eased.set()
            for placed in self._waiting.values():
                placed.cancel()

    async def close(self) -> None:
        """Returns once every thread has ended."""
        for pool in (self._writer, self._checkers, self._committer):
            await asyncio.to_thread(pool.shutdown)

    def _land(self, landed: Landed) -> None:
        self._landed(landed)
        placed = self._waiting.pop(landed.file, None)
        if placed is not None and not placed.done():
            placed.set_result(None)

    def _mark(self, *, urgent: bool = False) -> None:
        self._written.set()
        if urgent or self._sink.unsafe >= GROUP_BYTES:
            self._urgent.set()

    async def _write(self, size: int, job: Callable[[], T]) -> T:
        while self._sink.unsafe + self._queued >= HOLD_BYTES and not self._over:
            self._eased.clear()
            await self._eased.wait()
        self._queued += size
        try:
            done = await self._in(self._writer, job)
        finally:
            self._queued -= size
            self._eased.set()  # while it was being written its bytes were counted twice, here and in `unsafe`
        self._mark()
        return done

    async def _in(self, pool: Executor, job: Callable[[], T]) -> T:
        self.jobs += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, job)
        finally:
            self.jobs -= 1
