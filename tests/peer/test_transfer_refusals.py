"""What either end refuses, before anyone is asked or once the disk says no."""

from __future__ import annotations

import asyncio
import io
import resource
from pathlib import Path

import pytest

from peer.failures import DiskStopped
from peer.transfer import (
    DiskFailed,
    Incoming,
    Outgoing,
    Source,
    SourceChanged,
    TooBig,
    TransferFailed,
    UnsafeName,
)
from peer.wire.control import OfferFiles
from peer.wire.frames import FrameType, pack
from tests.support.channels import MemoryWire, wire_pair
from tests.support.transfers import MIB, after_bytes, big_file, ends, kept, move, noise, receive, tree

# What is refused before anyone is asked


async def hostile_offer(wire: MemoryWire, entries: bytes, files: int = 1, size: int = 0) -> None:
    """A sender that checks nothing of its own."""
    await wire.say(OfferFiles(transfer="transferAAA", title="x", files=files, bytes=size))
    lane = await wire.open_lane("transferAAA")
    await lane.send(pack(FrameType.MANIFEST, 0, 0, 1, entries))


async def test_a_hostile_name_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    near, far = wire_pair()
    await hostile_offer(near, b'[{"path":"../evil"}]')
    incoming = Incoming(far, await far.offers.get())
    with pytest.raises(UnsafeName, match="evil"):
        await incoming.accept(tmp_path / "out")
    answer = await near.hear("transferAAA")
    assert (type(answer).__name__, getattr(answer, "reason", "")) == ("DeclineFiles", "unsafe_name")
    assert not (tmp_path / "out").exists()


async def test_the_sender_learns_that_its_names_were_refused(tmp_path: Path) -> None:
    near, far = wire_pair()
    near.tamper = lambda message: message.replace(b"film.mkv", b"../m.mkv")
    sending = asyncio.ensure_future(Outgoing(Source.from_paths([big_file(tmp_path)])).run(near))
    receiving = asyncio.ensure_future(receive(far, tmp_path / "out"))
    assert [type(end) for end in await ends(sending, receiving)] == [UnsafeName, UnsafeName]


@pytest.mark.parametrize(
    ("entries", "files", "size"),
    [
        (b'[{"path":"a"}]', 2, 0),
        (b'[{"path":"a"},{"path":"b"}]', 1, 0),
        (b'[{"path":"a","size":5}]', 1, 4),
        (b'[{"path":"a","size":-1}]', 1, 0),
        (b'[{"path":"a","size":-2}]', 1, 0),
        (b'[{"path":"a","surprise":1}]', 1, 0),
        (b'[{"path":"a","kind":"dir","size":5}]', 1, 5),
        (b"[]", 1, 0),
        (b"{", 1, 0),
    ],
)
async def test_a_manifest_that_is_not_what_was_offered_is_refused(entries: bytes, files: int, size: int) -> None:
    near, far = wire_pair()
    await hostile_offer(near, entries, files, size)
    with pytest.raises(TransferFailed):
        await Incoming(far, await far.offers.get()).manifest()
    assert getattr(await near.hear("transferAAA"), "reason", "") == "error"


async def test_too_big_is_refused_by_its_manifest_and_a_stream_where_it_gets_too_long(tmp_path: Path) -> None:
    near, far = wire_pair()
    sending = asyncio.ensure_future(Outgoing(Source.from_paths([big_file(tmp_path)])).run(near))
    with pytest.raises(TooBig):
        await Incoming(far, await far.offers.get(), max_bytes=8 * MIB).manifest()
    assert [type(end) for end in await ends(sending)] == [TooBig]

    stream = Source.from_stream(io.BytesIO(noise(9 * MIB)), "stream")
    sending = asyncio.ensure_future(Outgoing(stream).run(near))
    incoming = Incoming(far, await far.offers.get(), max_bytes=4 * MIB)
    receiving = asyncio.ensure_future(incoming.accept(tmp_path / "out"))
    assert [type(end) for end in await ends(sending, receiving)] == [TooBig, TooBig]


# The disk at either end


async def test_a_name_that_is_taken_declines_with_the_reason(tmp_path: Path) -> None:
    path, (near, far) = big_file(tmp_path), wire_pair()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "film.mkv").write_text("mine")
    sending = asyncio.ensure_future(Outgoing(Source.from_paths([path])).run(near))
    receiving = asyncio.ensure_future(receive(far, tmp_path / "out"))
    assert [type(end) for end in await ends(sending, receiving)] == [DiskFailed, DiskFailed]
    assert tree(tmp_path / "out") == {"film.mkv": b"mine"}


async def test_what_is_there_is_skipped_and_the_rest_arrives(tmp_path: Path) -> None:
    folder = tmp_path / "dir"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / name).write_text(f"new {name}")
    (tmp_path / "out" / "dir").mkdir(parents=True)
    (tmp_path / "out" / "dir" / "a").write_text("mine")
    near, far = wire_pair()
    sending = Outgoing(Source.from_paths([folder])).run(near)
    _, received = await asyncio.gather(sending, receive(far, tmp_path / "out", on_conflict="skip"))
    assert tree(tmp_path / "out") == {"dir": None, "dir/a": b"mine", "dir/b": b"new b"}
    assert [file.path for file in received.files] == ["dir/b"]


async def test_a_choice_of_entries(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text(name)
    near, far = wire_pair()
    sending = Outgoing(Source.from_paths([tmp_path / name for name in "abc"])).run(near)
    sent, _ = await asyncio.gather(sending, receive(far, tmp_path / "out", take=[0, 2]))
    assert tree(tmp_path / "out") == {"a": b"a", "c": b"c"}
    assert [file.path for file in sent.files] == ["a", "c"]


async def test_a_file_that_changes_while_it_is_sent(tmp_path: Path) -> None:
    path, (near, far) = big_file(tmp_path, 80 * MIB), wire_pair()
    sending = asyncio.ensure_future(Outgoing(Source.from_paths([path])).run(near))

    def change() -> None:
        with path.open("ab") as file:
            file.write(b"more")

    receiving = asyncio.ensure_future(receive(far, tmp_path / "out", on_progress=after_bytes(MIB, change)))
    assert [type(end) for end in await ends(sending, receiving)] == [SourceChanged, SourceChanged]


async def test_a_disk_that_is_full_ends_it_on_both_sides(tmp_path: Path) -> None:
    path, (near, far) = big_file(tmp_path, 20 * MIB), wire_pair()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 * MIB, limits[1]))  # a file may not grow: EFBIG
    try:
        sending = asyncio.ensure_future(Outgoing(Source.from_paths([path])).run(near))
        receiving = asyncio.ensure_future(receive(far, tmp_path / "out"))
        assert [type(end) for end in await ends(sending, receiving)] == [DiskFailed, DiskStopped]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert 0 < kept(tmp_path / "out", path.read_bytes()) <= 4 * MIB
    await move(Source.from_paths([path]), tmp_path / "out")
    assert tree(tmp_path / "out") == {"film.mkv": path.read_bytes()}


async def test_a_receiver_that_wants_nonsense_is_cut_off(tmp_path: Path) -> None:
    near, far = wire_pair()
    sending = asyncio.ensure_future(Outgoing(Source.from_paths([big_file(tmp_path)]), "transferAAA").run(near))
    lane = await far.lane("transferAAA")
    await lane.send(pack(FrameType.WANT, 0, 0, 0, bytes(11)))
    assert [type(end) for end in await ends(sending)] == [TransferFailed]
