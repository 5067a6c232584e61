from __future__ import annotations

import asyncio
import os
import tempfile
import threading
from hashlib import sha256
from pathlib import Path

import pytest

from peer.core.ledger import file_root
from peer.disk import Whole
from peer.failures import DiskFailed, IntegrityFailed
from peer.manifest import Manifest
from peer.pipe import Pipe, Scrap
from peer.transfer import Incoming, Outgoing, Source
from peer.wire.frames import LEAF_BYTES, Entry
from tests.support.channels import wire_pair
from tests.support.transfers import MIB, after_bytes, big_file, ends, noise

ONE = Manifest((Entry("film.mkv", size=3 * LEAF_BYTES),))
LEAVES = [noise(LEAF_BYTES, number) for number in range(3)]


class Reader(threading.Thread):
    """Reads a pipe to its end."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.reading, self.writing = os.pipe()
        self.content = b""

    def run(self) -> None:
        with os.fdopen(self.reading, "rb") as stream:
            self.content = stream.read()

    def all(self) -> bytes:
        os.close(self.writing)
        self.join(10)
        return self.content


@pytest.fixture
def reader() -> Reader:
    reader = Reader()
    reader.start()
    return reader


def prove(sink: Pipe | Scrap, leaf: int, data: bytes) -> bool:
    return sink.prove(0, leaf, memoryview(data), sha256(data).digest())


def test_leaves_come_out_in_order_however_they_come_in(reader: Reader) -> None:
    pipe = Pipe(ONE, reader.writing)
    for leaf in (2, 0, 1):
        assert prove(pipe, leaf, LEAVES[leaf])
    pipe.close(keep=False)
    assert reader.all() == b"".join(LEAVES)


def test_a_leaf_that_is_wrong_is_not_written(reader: Reader) -> None:
    pipe = Pipe(ONE, reader.writing)
    assert not pipe.prove(0, 0, memoryview(LEAVES[1]), sha256(LEAVES[0]).digest())
    assert prove(pipe, 0, LEAVES[0])
    pipe.close(keep=False)
    assert reader.all() == LEAVES[0]


def test_the_whole_is_checked_and_lands_nowhere(reader: Reader) -> None:
    pipe = Pipe(ONE, reader.writing)
    hashes = b"".join(sha256(leaf).digest() for leaf in LEAVES)
    with pytest.raises(IntegrityFailed):
        pipe.finish(0, 3 * LEAF_BYTES, bytes(32), hashes)
    assert pipe.commit() == []
    root = file_root(3 * LEAF_BYTES, hashes)
    pipe.finish(0, 3 * LEAF_BYTES, root, hashes)
    assert pipe.finish_tree() == [(0, "-", 3 * LEAF_BYTES, root)]
    pipe.close(keep=False)


def test_the_handle_of_others_stays_as_it_is(reader: Reader) -> None:
    pipe = Pipe(ONE, reader.writing)
    assert os.get_blocking(reader.writing)
    pipe.close(keep=False)
    assert os.get_blocking(reader.writing)


def test_a_reader_that_is_gone_is_a_failure_of_the_disk() -> None:
    reading, writing = os.pipe()
    pipe = Pipe(ONE, writing)
    os.close(reading)
    with pytest.raises(DiskFailed, match="has gone before the end"):
        prove(pipe, 0, LEAVES[0])
    pipe.close(keep=False)
    os.close(writing)


def test_stop_ends_a_write_that_nobody_reads() -> None:
    reading, writing = os.pipe()
    pipe = Pipe(ONE, writing)
    writes = threading.Thread(target=prove, args=(pipe, 0, LEAVES[0]), daemon=True)
    writes.start()
    os.read(reading, 1)
    pipe.stop()
    writes.join(10)
    assert not writes.is_alive()
    pipe.close(keep=False)
    pipe.stop()
    os.close(reading)
    os.close(writing)


def test_a_file_takes_what_a_pipe_takes() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"before ")
        file.flush()
        pipe = Pipe(ONE, file.fileno())
        assert prove(pipe, 0, b"after")
        pipe.close(keep=False)
        file.seek(0)
        assert file.read() == b"before after"


@pytest.mark.parametrize("text", [b"hello", b""])
def test_a_text_is_kept_in_memory_once_it_is_proven(text: bytes) -> None:
    scrap = Scrap(Manifest((Entry("text.txt", size=len(text), text=True),)))
    assert scrap.take_files([Whole(0, memoryview(text), bytes(32))]) == [0]
    assert scrap.content == b""
    assert scrap.take_files([Whole(0, memoryview(text), sha256(text).digest())]) == []
    assert scrap.content == text
    root = file_root(len(text), sha256(text).digest() if text else b"")
    assert scrap.commit() == [(0, "-", len(text), root)]


async def test_what_a_lost_lane_cut_off_is_written_once_and_in_order(tmp_path: Path, reader: Reader) -> None:
    source, (near, far) = Source.from_paths([big_file(tmp_path, 40 * MIB)]), wire_pair()

    async def receive() -> None:
        incoming = Incoming(far, await far.offers.get())
        pipe = Pipe(await incoming.manifest(), reader.writing)
        await incoming.accept(pipe, on_progress=after_bytes(10 * MIB, near.cut))

    sending, receiving = asyncio.create_task(Outgoing(source).run(near)), asyncio.create_task(receive())
    for end in await ends(sending, receiving):  # type: ignore[arg-type]
        assert not isinstance(end, Exception), end
    assert len(near.lanes) > 1
    assert reader.all() == (tmp_path / "film.mkv").read_bytes()
