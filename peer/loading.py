"""Reads and hashes what is to be sent, in threads, and cuts it into frames."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Literal, assert_never

from peer.core import moves
from peer.shared_leaves import Leaf
from peer.source import Reader, Source
from peer.wire.frames import FrameType, Small, cut, pack, pack_files, pack_leaf

Wanted = moves.ReadLeaf | moves.ReadFiles | moves.HashLeaf


@dataclass(frozen=True)
class Load:
    """What was read: frames for the lanes, how many bytes of files are in them, and what follows once they are out."""

    frames: tuple[bytes, ...]
    length: int
    then: moves.LeafSent | moves.StreamEnded | moves.FilesSent | moves.LeafHashed

    @property
    def file(self) -> int:
        """The file, or the last one, that this is of."""
        return self.then.files[-1].file if isinstance(self.then, moves.FilesSent) else self.then.file


class Loading:
    """One transfer's reader: opened on the loop, then `load` as often as is wanted, then `close`.

    Args:
        source: what to read.
        portion: how long a message may be now.
    """

    def __init__(self, source: Source, portion: Callable[[], int]) -> None:
        self._source = source
        self._portion = portion
        self._pool = ThreadPoolExecutor(1, "read")
        self._hasher = ThreadPoolExecutor(1, "hash")
        self._busy = False
        self._reader: Reader | None = None
        self._second: Reader | None = None
        """Reads what the receiver holds, beside the stream."""

    @property
    def waits(self) -> Literal["", "disk", "stream"]:
        """What a read waits for now."""
        if not self._busy:
            return ""
        return "stream" if self._source.manifest.open_ended else "disk"

    def open(self) -> None:
        """Opens the source. Raises DiskFailed."""
        self._reader = self._source.open()

    def stop(self) -> None:
        """Ends a read that waits."""
        if self._reader is not None:
            self._reader.stop()

    async def close(self) -> None:
        """Returns once the threads have ended, after `stop`."""
        if self._reader is None:
            return
        for pool in (self._pool, self._hasher):
            await asyncio.to_thread(pool.shutdown, cancel_futures=True)
        self._source.leaves.part(self)
        self._reader.close()
        if self._second is not None:
            self._second.close()

    def load(self, wanted: Wanted) -> asyncio.Future[Load]:
        """Reads in the background, one after another; what the receiver holds is hashed beside that.

        The future raises SourceChanged, DiskFailed, Cancelled.
        """
        loop = asyncio.get_running_loop()
        match wanted:
            case moves.ReadLeaf():
                return loop.run_in_executor(self._pool, self._read, wanted)
            case moves.ReadFiles():
                return loop.run_in_executor(self._pool, self._read_files, wanted)
            case moves.HashLeaf():
                return loop.run_in_executor(self._hasher, self._hash, wanted)
            case _:
                assert_never(wanted)

    # In the threads

    def _read(self, wanted: moves.ReadLeaf) -> Load:
        assert self._reader is not None
        data, digest = self._take(wanted.file, wanted.leaf, wanted.length)
        if not data:
            return Load((), 0, moves.StreamEnded(wanted.file, wanted.leaf, self._reader.size))
        view, step = memoryview(data), cut(len(data), self._portion())
        frames = (
            pack(FrameType.DATA, wanted.file, wanted.leaf, offset, view[offset : offset + step])
            for offset in range(0, len(data), step)
        )
        then = moves.LeafSent(wanted.file, wanted.leaf, len(data), digest)
        return Load((*frames, pack_leaf(wanted.file, wanted.leaf, len(data), digest)), len(data), then)

    def _read_files(self, wanted: moves.ReadFiles) -> Load:
        read = [(file, self._take(file, 0, self._source.entries[file].size)) for file in wanted.files]
        files = [(Small(file, len(leaf.data), leaf.sha256), leaf.data) for file, leaf in read]
        then = moves.FilesSent(tuple(small for small, _ in files))
        return Load((pack_files(files),), sum(small.length for small, _ in files), then)

    def _hash(self, wanted: moves.HashLeaf) -> Load:
        if self._second is None:
            self._second = self._source.open()
        data = self._second.read(wanted.file, wanted.leaf, wanted.length)
        digest = sha256(data).digest()
        then = moves.LeafHashed(wanted.file, wanted.leaf, len(data), digest)
        return Load((pack_leaf(wanted.file, wanted.leaf, len(data), digest),), 0, then)

    def _take(self, file: int, leaf: int, length: int) -> Leaf:
        assert self._reader is not None
        self._busy = True
        try:
            return self._source.leaves.take(self, file, leaf, partial(self._reader.read, file, leaf, length))
        finally:
            self._busy = False
