from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from peer.core.ledger import STREAM_LEAVES
from peer.failures import DiskFailed, SourceChanged
from peer.manifest import Manifest
from peer.names import UnsafeName
from peer.source import MAX_OPEN_FILES, Source
from peer.wire.frames import LEAF_BYTES, Entry


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "dir"
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"abc")
    (folder / "sub" / "b.log").write_bytes(b"12345")
    return folder


def paths(source: Source) -> list[tuple[str, str]]:
    return [(entry.kind, entry.path) for entry in source.entries]


def test_a_folder_is_walked_in_order(folder: Path) -> None:
    source = Source.from_paths([folder])
    assert paths(source) == [
        ("dir", "dir"),
        ("file", "dir/a.txt"),
        ("dir", "dir/sub"),
        ("file", "dir/sub/b.log"),
        ("dir", "dir/sub/deep"),
    ]
    assert (source.title, source.bytes, source.skipped) == ("dir", 8, ())


def test_several_paths_stand_side_by_side(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source.from_paths([folder / "a.txt", folder / "sub"])
    assert (source.title, [path for _, path in paths(source)][:2]) == ("a.txt + 1", ["a.txt", "sub"])
    monkeypatch.chdir(folder / "sub")
    assert paths(Source.from_paths(["."]))[0] == ("dir", "sub")


@pytest.mark.parametrize(
    ("globs", "left"),
    [
        (["*.log"], ["dir", "dir/a.txt", "dir/sub", "dir/sub/deep"]),
        (["sub"], ["dir", "dir/a.txt"]),
        (["sub/b*", "a.*"], ["dir", "dir/sub", "dir/sub/deep"]),
    ],
)
def test_excluded(folder: Path, globs: list[str], left: list[str]) -> None:
    assert [path for _, path in paths(Source.from_paths([folder], globs))] == left


def test_links_inside_are_links_and_those_that_leave_are_left_out(folder: Path) -> None:
    (folder / "sub" / "good").symlink_to(".././a.txt")
    (folder / "out").symlink_to("../other")
    (folder / "root").symlink_to("/etc/passwd")
    (folder / "bent").symlink_to("sub/../../x")
    source = Source.from_paths([folder])
    links = {entry.path: entry.target for entry in source.entries if entry.kind == "link"}
    assert links == {"dir/sub/good": "../a.txt"}
    assert len(source.skipped) == 3


def test_a_path_that_is_a_link_is_followed_under_its_own_name(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(folder / "a.txt")
    source = Source.from_paths([tmp_path / "alias"])
    assert paths(source) == [("file", "alias")]
    assert source.open().read(0, 0, 3) == b"abc"


def test_what_is_neither_file_nor_folder_is_left_out(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    source = Source.from_paths([folder])
    assert "dir/pipe" not in [path for _, path in paths(source)]
    assert "pipe" in source.skipped[0]


def test_names_are_sent_composed_and_found_again(tmp_path: Path) -> None:
    (tmp_path / "cafe\u0301").write_bytes(b"x")
    source = Source.from_paths([tmp_path / "cafe\u0301"])
    assert source.entries[0].path == "caf\u00e9"
    assert source.open().read(0, 0, 1) == b"x"


def test_names_that_receivers_refuse_are_not_sent(tmp_path: Path) -> None:
    (tmp_path / "a:b").touch()
    with pytest.raises(UnsafeName):
        Source.from_paths([tmp_path / "a:b"])
    (tmp_path / os.fsdecode(b"caf\xe9")).touch()
    with pytest.raises(UnsafeName):
        Source.from_paths([tmp_path / os.fsdecode(b"caf\xe9")])


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DiskFailed, match="no such file"):
        Source.from_paths([tmp_path / "nothing"])


def test_reads_leaves_of_more_files_than_may_be_open(tmp_path: Path) -> None:
    for number in range(MAX_OPEN_FILES + 3):
        (tmp_path / f"{number:02}").write_bytes(b"%02d" % number)
    reader = Source.from_paths(sorted(tmp_path.iterdir())).open()
    order = [*range(MAX_OPEN_FILES + 3), 0, 5]
    assert [reader.read(file, 0, 2) for file in order] == [b"%02d" % file for file in order]
    reader.close()


@pytest.mark.parametrize("change", ["shrunk", "touched", "gone", "replaced by a link"])
def test_a_file_that_is_not_what_was_offered(folder: Path, change: str) -> None:
    source, path = Source.from_paths([folder / "a.txt"]), folder / "a.txt"
    match change:
        case "shrunk":
            path.write_bytes(b"a")
        case "touched":
            os.utime(path, (1, 1))
        case "gone":
            path.unlink()
        case _:
            path.unlink()
            path.symlink_to("sub/b.log")
    with pytest.raises((SourceChanged, DiskFailed)):
        source.open().read(0, 0, 3)


def test_a_stream_keeps_what_may_be_asked_for_again() -> None:
    data = os.urandom(2 * LEAF_BYTES + 5)
    reader = Source.from_stream(io.BytesIO(data), "x").open()
    assert reader.read(0, 0, LEAF_BYTES) == data[:LEAF_BYTES]
    assert reader.read(0, 1, LEAF_BYTES) == reader.read(0, 1, LEAF_BYTES)
    assert reader.size == -1
    assert reader.read(0, 2, LEAF_BYTES) == data[-5:]
    assert reader.size == len(data)
    assert reader.read(0, 3, LEAF_BYTES) == b""
    assert reader.read(0, 2, 5) == data[-5:]
    reader.close()


def test_a_text_is_one_marked_file() -> None:
    source = Source.from_text("সাতটায়", "note.txt")
    assert source.manifest.is_text
    assert paths(source) == [("file", "note.txt")]
    reader = source.open()
    assert reader.read(0, 0, source.bytes).decode() == "সাতটায়"
    assert source.open().read(0, 0, 5) == reader.read(0, 0, 5), "every receiver has its own"
    for text in ("", "x" * 65_537):
        with pytest.raises(ValueError, match="bytes"):
            Source.from_text(text)


def test_only_a_lone_small_marked_file_is_a_text() -> None:
    text = Entry("a.txt", size=5, text=True)
    assert Manifest((text,)).is_text
    assert not Manifest((text, Entry("b"))).is_text
    assert not Manifest((Entry("a.txt", size=5),)).is_text
    assert not Manifest((Entry("a.txt", size=65_537, text=True),)).is_text


def test_a_leaf_of_a_stream_is_the_same_whichever_is_asked_for_first() -> None:
    data = b"".join(bytes([number]) * LEAF_BYTES for number in range(4)) + b"end"
    reader = Source.from_stream(io.BytesIO(data), "x").open()
    asked = (2, 1, 0, 4, 3, 5)
    read = {leaf: reader.read(0, leaf, LEAF_BYTES) for leaf in asked}
    assert [read[leaf] == data[leaf * LEAF_BYTES :][:LEAF_BYTES] for leaf in range(6)] == [True] * 6
    assert reader.size == len(data)
    reader.close()


def test_a_leaf_of_a_stream_that_is_gone_is_not_taken_for_its_end() -> None:
    reader = Source.from_stream(io.BytesIO(bytes((STREAM_LEAVES + 2) * LEAF_BYTES)), "x").open()
    reader.read(0, STREAM_LEAVES, LEAF_BYTES)
    with pytest.raises(DiskFailed, match="cannot be read again"):
        reader.read(0, 0, LEAF_BYTES)
    reader.close()
