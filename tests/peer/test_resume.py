"""A transfer that another process goes on with: what was safe when the first one was killed does not travel again.

A kill is a copy of the receiver's folder, made while the transfer runs: what a process leaves that has no last word.
"""

from __future__ import annotations

import asyncio
import io
import os
import random
import shutil
from pathlib import Path

import pytest

from peer import keeping
from peer.core.ledger import leaf_count
from peer.failures import DiskFailed, SourceChanged
from peer.source import Reader, Source
from peer.transfer import Cancelled, Incoming, Outgoing, PeerGone, Progress
from peer.wire.frames import LEAF_BYTES, FrameType
from tests.support.channels import wire_pair
from tests.support.resuming import SIZE, Run, album, holding, killed, often, whole
from tests.support.transfers import MIB, after_bytes, big_file, ends, kept, noise, tree

__all__ = ["often"]  # a fixture


async def test_a_killed_receiver_goes_on_where_it_was(tmp_path: Path) -> None:
    path, out = big_file(tmp_path, SIZE), tmp_path / "out"
    await killed(Source.from_paths([path]), out, 20 * MIB, holding(10 * MIB))
    held = kept(out, path.read_bytes())
    assert held >= 8 * MIB
    run = Run(Source.from_paths([path]), out)
    sent, received = await whole(run)
    assert tree(out) == {"film.mkv": path.read_bytes()}
    assert sent.files == received.files
    assert run.held == {"sender": held, "receiver": held}
    assert len(run.sent.leaves) == leaf_count(SIZE) - leaf_count(held)
    assert len(run.sent.proofs) == leaf_count(held), "each held leaf is proven, without its bytes"
    assert not run.sent.leaves & run.sent.proofs


@pytest.mark.parametrize("at", [1, 38 * MIB])
async def test_killed_again_and_again_it_still_arrives(tmp_path: Path, at: int) -> None:
    path, before = big_file(tmp_path, SIZE), tmp_path / "before"
    before.mkdir()
    for number in range(4):
        out = tmp_path / f"out {number}"
        await killed(Source.from_paths([path]), out, min(at * (number + 1), 38 * MIB), into=before)
        before = out
    await whole(Run(Source.from_paths([path]), before))
    assert tree(before) == {"film.mkv": path.read_bytes()}


async def test_who_says_goodbye_keeps_even_the_last_byte(tmp_path: Path) -> None:
    path, out, (near, far) = big_file(tmp_path, SIZE), tmp_path / "out", wire_pair()
    sending = asyncio.ensure_future(Outgoing(Source.from_paths([path])).run(near))
    incoming, seen = Incoming(far, await far.offers.get()), list[int]()

    def stop(progress: Progress) -> None:
        seen.append(progress.bytes)
        if progress.bytes > 10 * MIB:
            incoming.cancel()

    receiving = asyncio.ensure_future(incoming.accept(out, on_progress=stop))
    assert [type(end) for end in await ends(sending, receiving)] == [Cancelled, Cancelled]
    assert kept(out, path.read_bytes()) >= 10 * MIB
    await whole(Run(Source.from_paths([path]), out))
    assert tree(out) == {"film.mkv": path.read_bytes()}


async def test_a_byte_that_turned_on_the_disk_is_found_and_fetched_again(tmp_path: Path) -> None:
    path, out = big_file(tmp_path, SIZE), tmp_path / "out"
    await killed(Source.from_paths([path]), out, 20 * MIB, holding(10 * MIB))
    (part,) = out.glob(".twocans/*/0.part")
    with part.open("r+b") as file:
        file.seek(3 * MIB + 77)
        byte = file.read(1)
        file.seek(3 * MIB + 77)
        file.write(bytes([byte[0] ^ 4]))
    run = Run(Source.from_paths([path]), out)
    await whole(run)
    assert tree(out) == {"film.mkv": path.read_bytes()}
    assert (0, 3) in run.sent.leaves
    lacked = leaf_count(SIZE) - run.held["receiver"] // LEAF_BYTES
    assert len(run.sent.leaves) == lacked + 1, "of what is held, the spoiled leaf alone"


async def test_a_partial_file_that_was_cut_short_or_is_gone_is_fetched_again(tmp_path: Path) -> None:
    path, out = big_file(tmp_path, SIZE), tmp_path / "out"
    await killed(Source.from_paths([path]), out, 20 * MIB, holding(10 * MIB))
    (part,) = out.glob(".twocans/*/0.part")
    os.truncate(part, 2 * MIB + MIB // 2)
    run = Run(Source.from_paths([path]), out)
    await whole(run)
    assert tree(out) == {"film.mkv": path.read_bytes()}
    assert run.held["receiver"] == 2 * MIB
    (tmp_path / "again").mkdir()
    await killed(Source.from_paths([path]), tmp_path / "again" / "out", 20 * MIB, holding(10 * MIB))
    (part,) = tmp_path.glob("again/out/.twocans/*/0.part")
    part.unlink()
    run = Run(Source.from_paths([path]), tmp_path / "again" / "out")
    await whole(run)
    assert tree(tmp_path / "again" / "out") == {"film.mkv": path.read_bytes()}
    assert run.held == {}


async def test_new_bytes_do_not_wait_for_old_ones_to_be_hashed(tmp_path: Path) -> None:
    path, out = big_file(tmp_path, SIZE), tmp_path / "out"
    await killed(Source.from_paths([path]), out, 20 * MIB, holding(10 * MIB))
    held = kept(out, path.read_bytes())
    patience = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Slow(Source):
        """Reads for proofs only once all else is there."""

        def open(self) -> Reader:
            reader = super().open()
            if opened:
                read = reader.read

                def slow(file: int, leaf: int, length: int) -> bytes:
                    asyncio.run_coroutine_threadsafe(patience.wait(), loop).result()
                    return read(file, leaf, length)

                reader.read = slow  # type: ignore[method-assign]
            opened.append(reader)
            return reader

    opened: list[Reader] = []
    run = Run(Slow.from_paths([path]), out)
    await whole(run, after_bytes(SIZE, patience.set))
    assert len(opened) == 2
    assert len(run.sent.proofs) == leaf_count(held)
    assert tree(out) == {"film.mkv": path.read_bytes()}


# Folders


@pytest.mark.parametrize("at", [100_000, 3 * MIB, 12 * MIB, 18 * MIB])
async def test_a_folder_that_was_partly_in_its_place_is_completed(tmp_path: Path, at: int) -> None:
    path, out = album(tmp_path), tmp_path / "out"
    await killed(Source.from_paths([path]), out, at)
    before = {name for name in tree(out) if not name.startswith(".twocans")}
    run = Run(Source.from_paths([path]), out)
    sent, received = await whole(run)
    assert tree(out / "album") == tree(path)
    assert {file.path for file in received.files} == {file.path for file in sent.files}
    assert all(len(file.root) == 64 for file in received.files)
    entries = Source.from_paths([path]).entries
    there = {number for number, entry in enumerate(entries) if entry.path in before and entry.kind == "file"}
    again = {file for file, _ in run.sent.leaves} | set(run.sent.files)
    assert not there & again, "what is in its place does not travel again"
    unread = {file.path for file in sent.files if not file.root}
    assert {entries[number].path for number in there if entries[number].size} <= unread, "nor is it read"


async def test_small_files_of_a_group_that_was_not_safe_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "COMMIT_S", 60.0)
    path, out = album(tmp_path), tmp_path / "out"
    for other in (*path.glob("*.jpg"), path / "nothing", path / "link"):
        other.unlink()
    await killed(Source.from_paths([path]), out, 300_000)
    assert [name for name in tree(out) if not name.startswith(".twocans")] == []
    await whole(Run(Source.from_paths([path]), out))
    assert tree(out / "album") == tree(path)


async def test_what_somebody_did_to_a_file_in_its_place_is_respected(tmp_path: Path) -> None:
    path, out = album(tmp_path), tmp_path / "out"
    await killed(Source.from_paths([path]), out, MIB, lambda folder: len(list(folder.glob("album/*.txt"))) > 1)
    placed = sorted(file for file in (out / "album").iterdir() if file.suffix == ".txt")
    placed[0].unlink()
    placed[1].write_text("mine")
    refused = await Run(Source.from_paths([path]), out)()
    assert [type(end) for end in refused] == [DiskFailed, DiskFailed]
    await whole(Run(Source.from_paths([path]), out, on_conflict="rename"))
    assert placed[1].read_text() == "mine"
    renamed = placed[1].with_stem(placed[1].stem + " (1)")
    expected = tree(path) | {renamed.name: (path / placed[1].name).read_bytes(), placed[1].name: b"mine"}
    assert tree(out / "album") == expected


async def test_renamed_files_are_known_again(tmp_path: Path) -> None:
    path, out = album(tmp_path), tmp_path / "out"
    shutil.copytree(path, tmp_path / "mine" / "album")
    await killed(Source.from_paths([path]), out, 18 * MIB, into=tmp_path / "mine", on_conflict="rename")
    again = Run(Source.from_paths([path]), out, on_conflict="rename")
    _, received = await whole(again)
    names = [file.path for file in received.files]
    assert len(set(names)) == len(names) == 127
    for file in received.files:
        original = file.path.replace(" (1)", "").removeprefix("album/")
        assert (out / file.path).read_bytes() == (path / original).read_bytes()
    assert not list(out.rglob("* (2)*"))


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_becomes_of_what_was_left_no_byte_is_wrong_in_the_end(tmp_path: Path, seed: int) -> None:
    """Bytes of the journal and of partial files turn, go missing and are added."""
    path, out, choice = album(tmp_path), tmp_path / "out", random.Random(seed)
    await killed(Source.from_paths([path]), out, choice.randint(MIB, 18 * MIB))
    for left in sorted(out.glob(".twocans/*/*")):
        data = bytearray(left.read_bytes())
        for _ in range(choice.randint(0, 3)):
            at = choice.randrange(len(data) + 1)
            match choice.choice(["turn", "cut", "add"]):
                case "turn" if at < len(data):
                    data[at] ^= 1 << choice.randrange(8)
                case "cut":
                    del data[at:]
                case _:
                    data[at:at] = choice.randbytes(choice.randint(1, 40))
        left.write_bytes(data)
    await whole(Run(Source.from_paths([path]), out, on_conflict="overwrite"))
    assert tree(out / "album") == tree(path)
    assert os.listdir(out) == ["album"]


# What does not go on


async def test_other_files_begin_anew_and_leave_the_old_partial_alone(tmp_path: Path) -> None:
    path, out = big_file(tmp_path, SIZE), tmp_path / "out"
    await killed(Source.from_paths([path]), out, 20 * MIB, holding(10 * MIB))
    old = tree(out)
    path.write_bytes(noise(SIZE, seed=2))
    os.utime(path, ns=(0, 1_000_000_000))
    run = Run(Source.from_paths([path]), out)
    await whole(run)
    assert run.held == {}
    assert (out / "film.mkv").read_bytes() == path.read_bytes()
    assert tree(out).items() >= old.items()


async def test_a_source_that_was_cut_short_and_mended_goes_on(tmp_path: Path) -> None:
    path, out = big_file(tmp_path, SIZE), tmp_path / "out"
    status, data = path.stat(), path.read_bytes()
    source = Source.from_paths([path])
    broken = await Run(source, out)(after_bytes(10 * MIB, lambda: os.truncate(path, 5 * MIB)))
    assert [type(end) for end in broken] == [SourceChanged, SourceChanged]
    held = kept(out, data)
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    run = Run(Source.from_paths([path]), out)
    await whole(run)
    assert run.held["receiver"] == held > 0
    assert tree(out) == {"film.mkv": data}


async def test_a_stream_leaves_nothing_to_go_on_with(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = Run(Source.from_stream(io.BytesIO(noise(SIZE)), "stream"), out)
    gone = await run(after_bytes(10 * MIB, run.part))
    assert isinstance(gone[1], PeerGone)
    assert tree(out) == {}


async def test_wrong_bytes_leave_nothing(tmp_path: Path) -> None:
    path, out = big_file(tmp_path, SIZE), tmp_path / "out"
    await killed(Source.from_paths([path]), out, 20 * MIB, holding(10 * MIB))
    run = Run(Source.from_paths([path]), out)
    run.near.tamper = lambda message: message[:-1] + b"?" if message[0] == FrameType.DONE else message
    await run()
    assert tree(out) == {}
