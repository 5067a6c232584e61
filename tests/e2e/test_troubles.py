"""What may befall a disk or a source in the middle: a code and a sentence at either end, what has come is kept, and the
same two commands go on once the trouble is over."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from peer.exits import Exit
from tests.support.commands import MIB, assert_ended, random_file
from tests.support.disks import Disk, disk
from tests.support.processes import Ended
from tests.support.restart import free_port
from tests.support.stage import CODE, Stage, held

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SIZE = 80 * MIB
SLOWLY = ("--limit-rate", "25M")
UNDER_WAY = r'"bytes":([3-6]\d{7}),"total"'
WITHOUT_ROOTS_RIGHTS = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting, or giving up root's rights, needs root")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(free_port(), random_file(tmp_path / "film.bin", SIZE), tmp_path / "out")
    with stage.serve():
        yield stage


@pytest.fixture
def small_disk(stage: Stage, tmp_path: Path) -> Iterator[Disk]:
    """With room for the file and little more; it is where files are received."""
    with disk(tmp_path / "disk", SIZE + 40 * MIB) as made:
        stage.out = made.path / "out"
        yield made


def broken(
    stage: Stage, act: Callable[[], object], *, give: tuple[str, ...] = (), take: tuple[str, ...] = ()
) -> list[Ended]:
    """Both ends of a transfer in whose middle something happens: the sender's and the receiver's."""
    with stage.send("libwebrtc", CODE, *SLOWLY, within=give) as sender, stage.receive(within=take) as receiver:
        receiver.wait_for(UNDER_WAY)
        act()
        return [receiver.finish(), sender.finish()][::-1]


def again(stage: Stage, *, give: tuple[str, ...] = (), take: tuple[str, ...] = ()) -> list[Ended]:
    """The same two commands."""
    with stage.send(within=give) as sender, stage.receive(within=take) as receiver:
        return [receiver.finish(), sender.finish()][::-1]


def assert_went_on(ends: list[Ended], least: int = 8 * MIB) -> None:
    for end in ends:
        assert end.code == Exit.DONE, end.stderr
    assert held(ends[0]) == held(ends[1])
    assert least <= held(ends[1])[0] <= SIZE


def same(source: Path, there: Path) -> bool:
    return there.read_bytes() == source.read_bytes()


@needs_root
def test_a_disk_that_fills_up_9(stage: Stage, small_disk: Disk) -> None:
    gave, got = broken(stage, small_disk.fill, take=small_disk.within)
    assert_ended(got, Exit.DISK, "the disk is full", "run both commands again")
    assert_ended(gave, Exit.DISK, "The other side says", "the disk is full")
    gave, got = again(stage, take=small_disk.within)
    assert_ended(got, Exit.DISK, "are still missing, but only 0 are free")
    assert_ended(gave, Exit.DISK, "are still missing")
    small_disk.free()
    assert_went_on(again(stage, take=small_disk.within))
    assert same(stage.source, small_disk.seen / "out" / stage.source.name)


@needs_root
def test_a_disk_that_has_no_room_from_the_start_9(stage: Stage, small_disk: Disk) -> None:
    small_disk.fill()
    gave, got = again(stage, take=small_disk.within)
    assert_ended(got, Exit.DISK, f"{SIZE} bytes are offered, but only 0 are free")
    assert_ended(gave, Exit.DISK, "The other side says")
    assert not list((small_disk.seen / "out").iterdir()), "nothing came"


@needs_root
def test_a_disk_that_can_only_be_read_after_a_kill_9(stage: Stage, small_disk: Disk) -> None:
    with stage.send("libwebrtc", CODE, *SLOWLY) as sender, stage.receive(within=small_disk.within) as receiver:
        receiver.wait_for(UNDER_WAY)
        receiver.kill()
        sender.kill()
    small_disk.remount("ro")
    gave, got = again(stage, take=small_disk.within)
    assert_ended(got, Exit.DISK, "the disk can only be read")
    assert_ended(gave, Exit.DISK, "The other side says", "the disk can only be read")
    small_disk.remount("rw")
    assert_went_on(again(stage, take=small_disk.within))
    assert same(stage.source, small_disk.seen / "out" / stage.source.name)


@needs_root
def test_a_folder_that_must_not_be_written_to_9(stage: Stage) -> None:
    stage.out.mkdir(0o555)
    gave, got = again(stage, take=WITHOUT_ROOTS_RIGHTS)
    assert_ended(got, Exit.DISK, str(stage.out), "permission denied")
    assert_ended(gave, Exit.DISK, "The other side says", "permission denied")
    stage.out.chmod(0o755)
    gave, got = again(stage, take=WITHOUT_ROOTS_RIGHTS)
    stage.assert_whole(gave, got)


@pytest.mark.parametrize("how", ["touched", "truncated", "emptied"])
def test_a_source_that_is_not_what_it_was_9(stage: Stage, how: str) -> None:
    times = stage.source.stat()

    def trouble() -> None:
        match how:
            case "touched":
                os.utime(stage.source, (0, 0))
            case "truncated":
                os.truncate(stage.source, SIZE // 2)
            case _:
                stage.source.write_bytes(b"")

    content = stage.source.read_bytes()
    gave, got = broken(stage, trouble)
    assert_ended(gave, Exit.DISK, "film.bin", "changed while it was sent", "Send it again")
    assert_ended(got, Exit.DISK, "The other side says", "changed while it was sent")
    assert os.listdir(stage.out) == [".twocans"]
    stage.source.write_bytes(content)
    os.utime(stage.source, ns=(times.st_atime_ns, times.st_mtime_ns))
    ends = again(stage)
    assert_went_on(ends)
    stage.assert_whole(*ends)


@needs_root
def test_a_source_that_must_not_be_read_any_more_9(stage: Stage) -> None:
    folder = stage.source.parent / "album"
    folder.mkdir()
    for name in ("1 first.bin", "2 second.bin"):
        random_file(folder / name, SIZE // 2)
    stage.source = folder
    last = folder / "2 second.bin"
    gave, got = broken(stage, lambda: last.chmod(0), give=WITHOUT_ROOTS_RIGHTS)
    assert_ended(gave, Exit.DISK, "2 second.bin", "permission denied")
    assert_ended(got, Exit.DISK, "The other side says", "permission denied")
    last.chmod(0o644)
    ends = again(stage, give=WITHOUT_ROOTS_RIGHTS)
    assert_went_on(ends)
    for name in ("1 first.bin", "2 second.bin"):
        assert same(folder / name, stage.out / "album" / name)
