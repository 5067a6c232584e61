"""Files through pipes of any size, and texts: both commands as real processes."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from peer.exits import Exit
from tests.support.commands import MIB, Word, assert_done, assert_ended, code_of, move, nothing_in, random_file
from tests.support.processes import serving, twocans

pytestmark = pytest.mark.timeout(1200)

PIPE_MIB = int(os.environ.get("TWOCANS_PIPE_MIB", "300"))
"""Size of the tree that goes through `tar`; TWOCANS_PIPE_MIB=3072 makes it the 3 GiB of the aim."""
RUNS = ["--yes", "--out", "-"]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving() as (url, _):
        yield url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return random_file(tmp_path / "given" / "random.bin", 3 * MIB + 17)


def digests(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                found[str(path.relative_to(folder))] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found


# Standard output


def test_a_tree_goes_through_tar_pipe_and_tar_in_little_memory(server: str, tmp_path: Path) -> None:
    tree, out = tmp_path / "dir", tmp_path / "out"
    for number in range(3):
        random_file(tree / f"{number}.bin", PIPE_MIB * MIB // 3)
    out.mkdir()
    with (
        subprocess.Popen(["tar", "c", "dir"], cwd=tmp_path, stdout=subprocess.PIPE) as pack,
        subprocess.Popen(["tar", "x"], cwd=out, stdin=subprocess.PIPE) as unpack,
        twocans("send", "-", "--server", server, stdin=pack.stdout) as sender,
        twocans("receive", *RUNS, "--server", server, code_of(sender), stdout=unpack.stdin) as receiver,
    ):
        assert unpack.stdin is not None
        unpack.stdin.close()
        got, gave = receiver.finish(1000), sender.finish()
        assert_done(got, gave)
        assert unpack.wait() == pack.wait() == 0
    assert digests(out / "dir") == digests(tree)
    assert max(got.peak, gave.peak) < 200_000_000
    assert "every byte proven" in got.stderr


def test_a_file_of_known_size_goes_to_standard_output_alone(server: str, tmp_path: Path, file: Path) -> None:
    target = tmp_path / "written"
    with (
        target.open("wb") as written,
        twocans("send", "--server", server, file) as sender,
        twocans("receive", *RUNS, "--server", server, code_of(sender), stdout=written) as receiver,
    ):
        assert_done(receiver.finish(), sender.finish())
    assert target.read_bytes() == file.read_bytes()


def test_an_empty_file_is_an_empty_output(server: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    gave, got = move(server, [empty], list(RUNS))
    assert_done(gave, got)
    assert got.stdout == ""


@pytest.mark.parametrize("what", ["several files", "a folder"])
def test_only_one_file_fits_standard_output(server: str, tmp_path: Path, file: Path, what: str) -> None:
    give: list[Word] = [file, random_file(tmp_path / "other", 9)] if what == "several files" else [file.parent]
    gave, got = move(server, give, list(RUNS))
    assert_ended(got, Exit.DECLINED, "standard output takes one file", "tar c")
    assert_ended(gave, Exit.DECLINED, "standard output takes one file", "tar c")
    assert got.stdout == ""


def test_a_reader_that_goes_away_ends_both(server: str, tmp_path: Path) -> None:
    large = random_file(tmp_path / "large.bin", 50 * MIB)
    reading, writing = os.pipe()
    with twocans("send", "--server", server, large) as sender:
        with twocans("receive", *RUNS, "--server", server, code_of(sender), stdout=writing) as receiver:
            os.close(writing)
            assert os.read(reading, 10)
            os.close(reading)
            assert_ended(receiver.finish(), Exit.DISK, "Whoever read standard output has gone")
        assert_ended(sender.finish(), Exit.DISK, "Whoever read standard output has gone")


def test_a_reader_that_takes_nothing_does_not_keep_ctrl_c_waiting(server: str, tmp_path: Path) -> None:
    large = random_file(tmp_path / "large.bin", 50 * MIB)
    reading, writing = os.pipe()
    with twocans("send", "--json", "--server", server, large) as sender:
        code = sender.wait_for(r'"code":"([^"]+)"')[1]
        with twocans("receive", *RUNS, "--server", server, code, stdout=writing) as receiver:
            os.close(writing)
            sender.wait_for('"event":"progress"')
            receiver.signal(signal.SIGINT)
            assert_ended(receiver.finish(10), Exit.CTRL_C, "Stopped")
        assert_ended(sender.finish(), Exit.INTERRUPTED)
    os.close(reading)


def test_a_person_is_asked_on_the_terminal_while_output_is_piped(server: str, file: Path) -> None:
    with twocans("send", "--server", server, file) as sender:
        words: list[Word] = ["receive", "--out", "-", "--server", server, code_of(sender)]
        with (
            subprocess.Popen(["sha256sum"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as summing,
            twocans(*words, terminal=True, stdout=summing.stdin) as receiver,
        ):
            assert summing.stdin is not None
            assert summing.stdout is not None
            summing.stdin.close()
            receiver.wait_for(r"standard output\? \[Y/n\]", "stderr")
            receiver.type("y\n")
            assert_done(receiver.finish(), sender.finish())
            assert summing.stdout.read().split()[0].decode() == hashlib.sha256(file.read_bytes()).hexdigest()


# Texts


def test_a_text_is_printed_where_it_is_received(server: str, tmp_path: Path) -> None:
    text = "Meet at 7 — সাতটায়।\nBring the cans."
    with twocans("send", "--text", text, "--server", server) as sender:
        with twocans("receive", "--yes", "--server", server, code_of(sender), cwd=tmp_path) as receiver:
            got = receiver.finish()
        assert_done(got, sender.finish())
    assert got.stdout == text
    assert nothing_in(tmp_path)


def test_a_text_from_standard_input_is_saved_as_well_where_a_folder_is_named(server: str, tmp_path: Path) -> None:
    written = tmp_path / "note"
    written.write_text("from a pipe\n")
    with written.open("rb") as stream, twocans("send", "--text", "-", "--server", server, stdin=stream) as sender:
        words: list[Word] = ["receive", "--yes", "--out", tmp_path / "out", "--server", server, code_of(sender)]
        with twocans(*words) as receiver:
            got = receiver.finish()
        assert_done(got, sender.finish())
    assert got.stdout == "from a pipe\n"
    assert (tmp_path / "out" / "text.txt").read_text() == "from a pipe\n"


def test_a_text_cannot_move_the_cursor_and_is_saved_when_wanted(server: str, tmp_path: Path) -> None:
    with twocans("send", "--text", "red \x1b[31m\nend", "--server", server) as sender:
        words: list[Word] = ["receive", "--server", server, code_of(sender)]
        with twocans(*words, cwd=tmp_path, terminal=True, stdout="terminal") as receiver:
            receiver.wait_for(r"A text of 13 B. Read it\? \[Y/n\]", "stderr")
            receiver.type("\n")
            receiver.wait_for(r"red \\u\{1b\}\[31m\r\nend\r\n", "stderr")
            receiver.wait_for(r"Save it as “text.txt” in this folder\? \[y/N\]", "stderr")
            receiver.type("y\n")
            got = receiver.finish()
            assert_done(got, sender.finish())
    assert (tmp_path / "text.txt").read_text() == "red \x1b[31m\nend"


def test_scripts_get_a_text_as_a_file(server: str, tmp_path: Path) -> None:
    gave, got = move(server, ["--text", "hello", "--name", "note.txt"], ["--json", "--yes", "--out", tmp_path])
    assert_done(gave, got)
    assert [event["path"] for event in got.events if event["event"] == "file"] == ["note.txt"]
    assert (tmp_path / "note.txt").read_text() == "hello"
