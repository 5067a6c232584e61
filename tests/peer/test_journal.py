"""What is written down about a transfer, and what of it is believed after a crash: true or nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peer.journal import Journal, Past, Placed, read
from peer.wire.frames import Range

PRINT = "ab" * 16
ROOT = "0f" * 32


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    handle = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield handle
    os.close(handle)


def text_of(*lines: object) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in ({"v": 1, "fingerprint": PRINT}, *lines))


def test_what_was_written_down_is_read_by_the_next(folder: int) -> None:
    first = Journal(folder, PRINT)
    assert first.read() == Past()
    assert first.empty
    first.append([Range(0, 3, 4)], [Placed(1, "a/b", ROOT, 5)])
    first.append([Range(2, 0, 1)], [])
    first.close()
    second = Journal(folder, PRINT)
    past = second.read()
    assert past.held == (Range(0, 3, 4), Range(2, 0, 1))
    assert past.placed == {1: Placed(1, "a/b", ROOT, 5)}
    second.append([], [Placed(1, "a/b (1)", ROOT, 6)])
    assert second.read().placed == {1: Placed(1, "a/b (1)", ROOT, 6)}, "the last word counts"
    second.close()


def test_the_format_is_the_one_that_other_programs_write(folder: int, tmp_path: Path) -> None:
    journal = Journal(folder, PRINT)
    journal.append([Range(0, 3, 4)], [])
    journal.append([], [Placed(1, "ü", ROOT, 5)])
    journal.close()
    lines = [json.loads(line) for line in (tmp_path / "journal").read_bytes().splitlines()]
    assert lines == [{"v": 1, "fingerprint": PRINT}, {"held": [[0, 3, 4]]}, {"placed": [[1, "ü", ROOT, 5]]}]


def test_a_torn_end_is_cut_off_and_written_over(folder: int, tmp_path: Path) -> None:
    whole = text_of({"held": [[0, 0, 2]]})
    (tmp_path / "journal").write_bytes(whole + b'{"held":[[0,2,9')
    journal = Journal(folder, PRINT)
    assert journal.read().held == (Range(0, 0, 2),)
    journal.append([Range(0, 2, 1)], [])
    journal.close()
    assert (tmp_path / "journal").read_bytes() == whole + b'{"held":[[0,2,1]]}\n'


def test_a_line_that_could_not_be_written_leaves_none(
    folder: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(folder, PRINT)
    journal.append([Range(0, 0, 1)], [])
    before = (tmp_path / "journal").read_bytes()

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="space"):
            journal.append([Range(0, 1, 1)], [])
    assert (tmp_path / "journal").read_bytes() == before
    journal.append([Range(0, 5, 1)], [])
    assert journal.read().held == (Range(0, 0, 1), Range(0, 5, 1))
    journal.close()


@pytest.mark.parametrize(
    "line",
    [
        {"held": [[0, 1]]},
        {"held": [[0, 1, -1]]},
        {"held": [[0, 1, 2**32]]},
        {"held": [[0, 1, 2, 3]]},
        {"held": "all"},
        {"placed": [[0, "a", "short", 1]]},
        {"placed": [[0, "a", ROOT, 1.5]]},
        {"heId": []},
        [],
        None,
    ],
)
def test_reading_stops_at_the_first_line_that_makes_no_sense(line: object) -> None:
    good = text_of({"held": [[0, 0, 1]]})
    past = read(good + json.dumps(line).encode() + b"\n" + b'{"held":[[0,7,1]]}\n', PRINT)
    assert past.held == (Range(0, 0, 1),)
    assert past.end == len(good)


@pytest.mark.parametrize("head", [b"", b"\n", b"{}\n", b'{"v":2,"fingerprint":"' + PRINT.encode() + b'"}\n'])
def test_a_journal_without_its_first_line_says_nothing(head: bytes) -> None:
    assert read(head + b'{"held":[[0,0,1]]}\n', PRINT) == Past()


def test_the_journal_of_another_manifest_says_nothing() -> None:
    assert read(text_of({"held": [[0, 0, 1]]}), "cd" * 16) == Past()


numbers = st.integers(0, 2**32 - 1)
runs = st.builds(Range, numbers, numbers, numbers)
places = st.builds(Placed, numbers, st.text(max_size=20), st.just(ROOT), st.integers(-(2**53), 2**53))


@given(st.lists(st.tuples(st.lists(runs, max_size=4), st.lists(places, max_size=4)), max_size=5), st.data())
def test_a_journal_torn_anywhere_says_what_its_whole_lines_say(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[list[Range], list[Placed]]], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("torn")
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    journal = Journal(folder, PRINT)
    held: list[Range] = []
    ends = [(0, 0)]
    for runs, places in lines:
        journal.append(runs, places)
        held += runs
        ends.append(((path / "journal").stat().st_size, len(held)))
    journal.close()
    os.close(folder)
    text = (path / "journal").read_bytes()
    cut = data.draw(st.integers(0, len(text)))
    past = read(text[:cut], PRINT)
    assert list(past.held) == held[: len(past.held)]
    assert len(past.held) >= max(count for end, count in ends if end <= cut)
    assert past.end <= cut


@given(st.binary(max_size=300), st.integers(0, 100))
def test_garbage_is_survived(garbage: bytes, at: int) -> None:
    text = text_of({"held": [[0, 0, 1]]}, {"held": [[0, 1, 1]]})
    past = read(text[:at] + garbage + text[at:], PRINT)
    assert past.end <= len(text) + len(garbage)
    read(garbage, PRINT)


def test_a_journal_that_is_a_second_name_of_another_file_is_not_written_to(folder: int, tmp_path: Path) -> None:
    other = tmp_path / "diary"
    other.write_text("mine")
    os.link(other, tmp_path / "journal")
    journal = Journal(folder, PRINT)
    assert journal.read() == Past()
    journal.append([Range(0, 0, 1)], [])
    journal.close()
    assert other.read_text() == "mine"
    assert (tmp_path / "journal").read_bytes() == text_of({"held": [[0, 0, 1]]}).replace(b" ", b"")
