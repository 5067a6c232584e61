from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from peer import disk, partial
from peer.core.ledger import file_root
from peer.disk import OnConflict, Store, Whole
from peer.failures import DiskFailed, IntegrityFailed
from peer.manifest import Manifest
from peer.wire.frames import Entry

DATA = b"what came"
PROOF = sha256(DATA).digest()
ROOT = file_root(len(DATA), PROOF)


@pytest.fixture
def stores() -> Iterator[list[Store]]:
    made: list[Store] = []
    yield made
    for store in made:
        store.close(keep=False)


def store_of(
    stores: list[Store], out: Path, *entries: Entry, on_conflict: OnConflict = "refuse", **options: Any
) -> Store:
    options = {"executable": False} | options
    store = Store(out, Manifest(entries), None, on_conflict, **options)
    stores.append(store)
    return store


def receive(store: Store, file: int = 0) -> str:
    assert store.prove(file, 0, memoryview(DATA), PROOF)
    return finish(store, file)


def finish(store: Store, file: int = 0) -> str:
    store.finish(file, len(DATA), ROOT, PROOF)
    (landed,) = store.commit()
    assert (landed.file, landed.size, landed.root) == (file, len(DATA), ROOT)
    return landed.path


def a_file(path: str, **values: Any) -> Entry:
    return Entry(path, **({"size": len(DATA), "mtime": 1_600_000_000_123} | values))


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_file_grows_aside_and_appears_whole(tmp_path: Path, stores: list[Store]) -> None:
    store = store_of(stores, tmp_path / "new" / "out", a_file("dir/a.txt"))
    assert store.open().taken == [0]
    assert store.prove(0, 0, memoryview(DATA), PROOF)
    assert [name for name in everything(tmp_path / "new" / "out") if "twocans" not in name] == []
    assert finish(store) == "dir/a.txt"
    store.finish_tree()
    store.close(keep=False)
    assert everything(tmp_path / "new" / "out") == ["dir", "dir/a.txt"]
    status = (tmp_path / "new" / "out" / "dir" / "a.txt").stat()
    assert status.st_mtime_ns == 1_600_000_000_123_000_000
    assert (tmp_path / "new" / "out" / "dir" / "a.txt").read_bytes() == DATA


def test_a_leaf_that_is_not_proven_never_reaches_the_disk(tmp_path: Path, stores: list[Store]) -> None:
    store = store_of(stores, tmp_path, a_file("a"))
    store.open()
    assert not store.prove(0, 0, memoryview(b"something"), PROOF)
    assert not list(tmp_path.rglob("*.part"))


def test_a_root_that_differs_leaves_no_file(tmp_path: Path, stores: list[Store]) -> None:
    store = store_of(stores, tmp_path, a_file("a"))
    store.open()
    store.prove(0, 0, memoryview(DATA), PROOF)
    with pytest.raises(IntegrityFailed):
        store.finish(0, len(DATA), bytes(32), PROOF)
    store.close(keep=False)
    assert everything(tmp_path) == []


@pytest.mark.parametrize(
    ("mode", "executable", "expected"),
    [
        (0o755, False, 0o644),
        (0o755, True, 0o755),
        (0o444, False, 0o600 | 0o044),
        (0o600, False, 0o600),
        (0, False, 0o600),
    ],
)
def test_modes(tmp_path: Path, stores: list[Store], mode: int, executable: bool, expected: int) -> None:
    before = os.umask(0o022)
    try:
        store = store_of(stores, tmp_path, a_file("a", mode=mode), executable=executable)
        store.open()
        receive(store)
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == expected


def test_links_and_empty_folders_come_last(tmp_path: Path, stores: list[Store]) -> None:
    entries = [Entry("d", "dir", mtime=5000), Entry("d/e", "dir", mtime=6000), Entry("d/l", "link", target="f")]
    store = store_of(stores, tmp_path, *entries, a_file("d/f"))
    store.open()
    receive(store, 3)
    store.finish_tree()
    assert (tmp_path / "d" / "l").readlink() == Path("f")
    assert (tmp_path / "d").stat().st_mtime_ns == 5_000_000_000
    assert (tmp_path / "d" / "e").stat().st_mtime_ns == 6_000_000_000


# Names that are taken


def test_refuse_says_so_before_anything_moves(tmp_path: Path, stores: list[Store]) -> None:
    (tmp_path / "a").write_text("mine")
    with pytest.raises(DiskFailed, match="there already"):
        store_of(stores, tmp_path, a_file("a")).open()
    assert everything(tmp_path) == ["a"]


def test_rename_finds_the_next_name(tmp_path: Path, stores: list[Store]) -> None:
    (tmp_path / "a.tar.gz").write_text("mine")
    (tmp_path / "a.tar (1).gz").symlink_to("nowhere")
    store = store_of(stores, tmp_path, a_file("a.tar.gz"), on_conflict="rename")
    store.open()
    assert receive(store) == "a.tar (2).gz"
    assert (tmp_path / "a.tar.gz").read_text() == "mine"


def test_a_renamed_name_still_fits_the_disk(tmp_path: Path, stores: list[Store]) -> None:
    name = "ü" * 125 + ".txt"
    (tmp_path / name).write_text("mine")
    store = store_of(stores, tmp_path, a_file(name), on_conflict="rename")
    store.open()
    assert receive(store).endswith("ü (1).txt")


def test_skip_leaves_it_out(tmp_path: Path, stores: list[Store]) -> None:
    (tmp_path / "a").write_text("mine")
    store = store_of(stores, tmp_path, a_file("a"), a_file("b"), on_conflict="skip")
    assert store.open().taken == [1]


def test_overwrite_replaces_a_file_and_a_link_but_no_folder(tmp_path: Path, stores: list[Store]) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "target").write_text("mine")
    (tmp_path / "link").symlink_to("target")
    store = store_of(stores, tmp_path, a_file("file"), a_file("link"), on_conflict="overwrite")
    store.open()
    assert [receive(store, file) for file in (0, 1)] == ["file", "link"]
    assert not (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "mine"
    (tmp_path / "folder").mkdir()
    with pytest.raises(DiskFailed, match="folder"):
        store_of(stores, tmp_path, a_file("folder"), on_conflict="overwrite").open()


@pytest.mark.parametrize("on_conflict", ["refuse", "rename", "skip"])
def test_a_name_taken_meanwhile_is_not_replaced(tmp_path: Path, stores: list[Store], on_conflict: OnConflict) -> None:
    store = store_of(stores, tmp_path, a_file("a"), on_conflict=on_conflict)
    store.open()
    (tmp_path / "a").write_text("mine")
    if on_conflict == "refuse":
        with pytest.raises(DiskFailed, match="there already"):
            receive(store)
    else:
        assert receive(store) == {"rename": "a (1)", "skip": ""}[on_conflict]
    assert (tmp_path / "a").read_text() == "mine"


@pytest.mark.parametrize("on_conflict", ["rename", "refuse"])
def test_a_disk_without_hard_links_does_the_same(
    tmp_path: Path, stores: list[Store], monkeypatch: pytest.MonkeyPatch, on_conflict: OnConflict
) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)  # as on FAT, which a test cannot mount
    store = store_of(stores, tmp_path, a_file("a"), on_conflict=on_conflict)
    store.open()
    if on_conflict == "rename":
        (tmp_path / "a").write_text("mine")
        assert receive(store) == "a (1)"
        assert (tmp_path / "a").read_text() == "mine"
    else:
        assert receive(store) == "a"
        assert (tmp_path / "a").read_bytes() == DATA


# Where a write may be led astray


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_folder_that_is_a_link_is_not_followed(tmp_path: Path, stores: list[Store], when: str) -> None:
    (tmp_path / "outside").mkdir()
    out = tmp_path / "out"
    out.mkdir()
    if when == "before":
        (out / "dir").symlink_to(tmp_path / "outside")
    store = store_of(stores, out, a_file("dir/a"))
    store.open()
    if when == "meanwhile":
        (out / "dir").symlink_to(tmp_path / "outside")
    with pytest.raises(DiskFailed):
        receive(store)
    assert everything(tmp_path / "outside") == []


def test_partial_data_behind_a_link_is_not_used(tmp_path: Path, stores: list[Store]) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".twocans").symlink_to(tmp_path / "outside")
    with pytest.raises(DiskFailed):
        store_of(stores, tmp_path / "out", a_file("a")).open()


def test_a_partial_file_that_is_a_link_is_not_written_through(tmp_path: Path, stores: list[Store]) -> None:
    (tmp_path / "mine").write_text("mine")
    store = store_of(stores, tmp_path / "out", a_file("a"))
    store.open()
    (folder,) = (tmp_path / "out" / ".twocans").iterdir()
    (folder / "0.part").symlink_to(tmp_path / "mine")
    with pytest.raises(DiskFailed):
        receive(store)
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_system_that_cannot_sync_a_whole_disk_syncs_each_file(
    tmp_path: Path, stores: list[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partial, "sync_disk", None)  # as on macOS
    monkeypatch.setattr(disk, "sync_disk", None)
    synced: list[int] = []
    fsync = os.fsync

    def watched(handle: int) -> None:
        synced.append(os.fstat(handle).st_ino)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    store = store_of(stores, tmp_path / "out", *(a_file(f"d/{number}") for number in range(9)))
    store.open()
    assert store.take_files([Whole(file, memoryview(DATA), PROOF) for file in range(8)]) == []
    assert store.prove(8, 0, memoryview(DATA), PROOF)
    store.finish(8, len(DATA), ROOT, PROOF)
    assert len(store.finish_tree()) == 9
    files = {(tmp_path / "out" / "d" / str(number)).stat().st_ino for number in range(9)}
    assert files <= set(synced)
    assert (tmp_path / "out" / "d").stat().st_ino in synced


def test_a_file_where_a_folder_should_be(tmp_path: Path, stores: list[Store]) -> None:
    (tmp_path / "d").write_text("mine")
    with pytest.raises(DiskFailed, match="is a folder"):
        store_of(stores, tmp_path, Entry("d", "dir"), a_file("d/a"), on_conflict="overwrite").open()


def test_two_at_once_do_not_share_partial_data(tmp_path: Path, stores: list[Store]) -> None:
    store_of(stores, tmp_path, a_file("a")).open()
    with pytest.raises(DiskFailed, match="already"):
        store_of(stores, tmp_path, a_file("a")).open()
    store_of(stores, tmp_path, a_file("b")).open()


def test_space_is_looked_for_first(tmp_path: Path, stores: list[Store]) -> None:
    with pytest.raises(DiskFailed, match="free"):
        store_of(stores, tmp_path, a_file("a", size=2**52)).open()
    assert everything(tmp_path) == []


def test_leftovers_of_a_killed_process_do_not_leak_into_a_file(tmp_path: Path, stores: list[Store]) -> None:
    entry = a_file("a")
    left = tmp_path / ".twocans" / Manifest((entry,)).fingerprint
    left.mkdir(parents=True)
    (left / "0.part").write_bytes(b"x" * 100)
    store = store_of(stores, tmp_path, entry)
    store.open()
    receive(store)
    store.close(keep=False)
    assert (tmp_path / "a").read_bytes() == DATA
    assert everything(tmp_path) == ["a"]


def test_a_place_that_cannot_be_made(tmp_path: Path, stores: list[Store]) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DiskFailed, match="not a directory"):
        store_of(stores, tmp_path / "file" / "out", a_file("a")).open()


def test_a_time_beyond_the_disk_is_not_worth_failing_for(tmp_path: Path, stores: list[Store]) -> None:
    store = store_of(stores, tmp_path, a_file("a", mtime=2**53), a_file("b", mtime=-(2**53)))
    store.open()
    assert [receive(store, file) for file in (0, 1)] == ["a", "b"]
