"""Both shells over wires in memory: everything arrives, byte for byte, in its place."""

from __future__ import annotations

import asyncio
import io
import os
from pathlib import Path

import pytest

from peer.transfer import (
    Cancelled,
    DiskFailed,
    Outgoing,
    Progress,
    Source,
)
from peer.wire.frames import LEAF_BYTES, Entry
from tests.support.channels import wire_pair
from tests.support.transfers import MIB, big_file, ends, move, noise, receive, tree


@pytest.mark.parametrize("size", [0, 1, LEAF_BYTES - 1, LEAF_BYTES, LEAF_BYTES + 1, 5 * LEAF_BYTES])
async def test_a_file_of_any_length_arrives_with_its_root(tmp_path: Path, size: int) -> None:
    path = big_file(tmp_path, size)
    sent, received = await move(Source.from_paths([path]), tmp_path / "out")
    assert (tmp_path / "out" / "film.mkv").read_bytes() == path.read_bytes()
    assert sent.files == received.files
    assert sent.bytes == received.bytes == size
    assert len(received.files[0].root) == 64


async def test_a_folder_arrives_whole(tmp_path: Path) -> None:
    folder = tmp_path / "ছুটির ছবি"
    (folder / "empty folder").mkdir(parents=True)
    (folder / "a" / "b").mkdir(parents=True)
    for number in range(300):
        (folder / "a" / f"día {number} 👩‍🚀.txt").write_bytes(noise(number * 37, number))
    (folder / "a" / "empty").touch()
    (folder / "a" / "b" / "link").symlink_to("../empty")
    os.utime(folder / "a" / "empty", ns=(0, 1_234_567_000_000))
    os.utime(folder / "a", ns=(0, 7_654_321_000_000))
    (folder / "a" / "día 1 👩‍🚀.txt").chmod(0o740)
    sent, received = await move(Source.from_paths([folder]), tmp_path / "out")
    assert tree(tmp_path / "out" / folder.name) == tree(folder)
    arrived = tmp_path / "out" / folder.name / "a"
    assert (arrived / "empty").stat().st_mtime_ns == 1_234_567_000_000
    assert arrived.stat().st_mtime_ns == 7_654_321_000_000
    assert (arrived / "día 1 👩‍🚀.txt").stat().st_mode & 0o777 == 0o640
    assert len(received.files) == 301
    assert {file.path: file.root for file in sent.files} == {file.path: file.root for file in received.files}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [folder.name]


async def test_more_small_files_than_one_credit_arrive(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(1500):
        (folder / f"{number}").write_bytes(b"%d" % number)
    await move(Source.from_paths([folder]), tmp_path / "out")
    assert tree(tmp_path / "out" / "many") == tree(folder)


@pytest.mark.parametrize("size", [0, 5, LEAF_BYTES, 40 * LEAF_BYTES + 7])
async def test_a_stream_of_unknown_length_arrives(tmp_path: Path, size: int) -> None:
    data = noise(size)
    sent, received = await move(Source.from_stream(io.BytesIO(data), "logs.tar"), tmp_path / "out")
    assert (tmp_path / "out" / "logs.tar").read_bytes() == data
    assert sent.files == received.files


async def test_a_pipe_arrives_while_it_is_written(tmp_path: Path) -> None:
    data, (reading, writing) = noise(3 * MIB), os.pipe()

    def write() -> None:
        with open(writing, "wb") as pipe:
            pipe.write(data)

    with open(reading, "rb") as pipe:
        source = Source.from_stream(pipe, "pipe")
        _, (_, received) = await asyncio.gather(asyncio.to_thread(write), move(source, tmp_path))
    assert (tmp_path / "pipe").read_bytes() == data
    assert received.bytes == len(data)


async def test_a_stream_that_never_ends_can_be_stopped(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    near, far = wire_pair()
    with open(reading, "rb") as pipe, open(writing, "wb", buffering=0):
        outgoing = Outgoing(Source.from_stream(pipe, "pipe"))
        sending = asyncio.ensure_future(outgoing.run(near))
        receiving = asyncio.ensure_future(receive(far, tmp_path / "out"))
        await far.accepted.wait()
        outgoing.cancel()
        assert [type(end) for end in await ends(sending, receiving)] == [Cancelled, Cancelled]


async def test_a_stream_goes_to_one_receiver_only() -> None:
    source = Source.from_stream(io.BytesIO(b"x"), "x")
    source.open().close()
    with pytest.raises(DiskFailed, match="one receiver"):
        await Outgoing(source).run(wire_pair()[0])


async def test_small_messages_do(tmp_path: Path) -> None:
    path, (near, far) = big_file(tmp_path, 2 * MIB + 1), wire_pair()
    near.max_message_bytes = 16 * 1024
    await asyncio.gather(Outgoing(Source.from_paths([path])).run(near), receive(far, tmp_path / "out"))
    assert tree(tmp_path / "out") == {"film.mkv": path.read_bytes()}


async def test_several_receivers_take_one_source(tmp_path: Path) -> None:
    source = Source.from_paths([big_file(tmp_path)])
    await asyncio.gather(*(move(source, tmp_path / name) for name in ("one", "two")))
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


async def test_progress_ends_at_the_total(tmp_path: Path) -> None:
    path, (near, far) = big_file(tmp_path), wire_pair()
    seen: dict[str, list[Progress]] = {"sent": [], "received": []}
    sending = Outgoing(Source.from_paths([path])).run(near, seen["sent"].append)
    await asyncio.gather(sending, receive(far, tmp_path / "out", on_progress=seen["received"].append))
    for each in seen.values():
        assert [step.bytes for step in each] == sorted(step.bytes for step in each)
        assert (each[-1].bytes, each[-1].total) == (8 * MIB + 3, 8 * MIB + 3)


def test_entries_are_the_manifest(tmp_path: Path) -> None:
    path = big_file(tmp_path, 5)
    source = Source.from_paths([path])
    status = path.stat()
    expected = Entry("film.mkv", size=5, mtime=status.st_mtime_ns // 1_000_000, mode=status.st_mode & 0o777)
    assert source.entries == (expected,)
