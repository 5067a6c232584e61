"""`receive --keep-open`: many senders, one box."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from peer.exits import Exit
from peer.words import WORDS
from tests.support.commands import MIB, Word, assert_done, assert_ended, code_of, random_file
from tests.support.processes import Ended, Program, serving, twocans

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving() as (url, _):
        yield url


def box(server: str, out: Path, *words: Word, json: bool = False) -> Program:
    flags = ["--json"] if json else []
    return twocans("receive", "--keep-open", *flags, "--server", server, "--out", out, *words)


def drop(server: str, to: str, *what: Word) -> Ended:
    with twocans("send", "--to", to, "--server", server, *what) as sender:
        return sender.finish()


@pytest.mark.parametrize("flags", [[], ["--link"]])
def test_one_after_another_each_finds_its_place(server: str, tmp_path: Path, flags: list[Word]) -> None:
    out = tmp_path / "box"
    contents = [random_file(tmp_path / str(number) / "same.bin", MIB + number) for number in range(3)]
    with box(server, out, *flags) as dropbox:
        to = code_of(dropbox)
        dropbox.wait_for("twocans send --to ", "stderr")
        for number, file in enumerate(contents):
            assert_done(drop(server, to, file))
            place = out / ("same.bin" if not number else f"same ({number}).bin")
            dropbox.wait_for(re.escape(str(place)) + "\n")
        dropbox.signal(signal.SIGINT)
        assert_ended(dropbox.finish(), Exit.CTRL_C)
    assert sorted(path.stat().st_size for path in out.glob("same*")) == [MIB, MIB + 1, MIB + 2]


def test_side_by_side_and_from_a_box_that_was_given_a_code(server: str, tmp_path: Path) -> None:
    code, out = "4243-acid-zone-zoo", tmp_path / "box"
    files = [random_file(tmp_path / f"{name}.bin", 5 * MIB) for name in "abc"]
    with box(server, out, "--limit-rate", "5M", code, json=True) as dropbox:
        dropbox.wait_for('"event":"code"')
        senders = [twocans("send", "--json", "--to", code, "--server", server, file) for file in files]
        ends = [sender.finish() for sender in senders]
        assert_done(*ends)
        dropbox.signal(signal.SIGINT)
        told = dropbox.finish().events
    assert {path.name: path.read_bytes() for path in out.glob("*")} == {path.name: path.read_bytes() for path in files}
    assert sum(event["event"] == "done" for event in told) == 3
    assert all(event["event"] != "code" for end in ends for event in end.events)


def test_a_command_is_run_with_the_paths_and_its_failure_closes_nothing(server: str, tmp_path: Path) -> None:
    out, log = tmp_path / "box", tmp_path / "log"
    script = f'for path; do printf "%s\\n" "$path"; done >> "{log}"; echo said; exit 3'
    evil = random_file(tmp_path / "$(touch pwned); x y.txt", 10)
    with box(server, out, "--exec", f"sh -c '{script}' sh {{}}") as dropbox:
        to = code_of(dropbox)
        assert_done(drop(server, to, evil, random_file(tmp_path / "-rf", 10)))
        dropbox.wait_for("`sh` failed with exit code 3", "stderr")
        assert_done(drop(server, to, random_file(tmp_path / "next.txt", 10)))
        dropbox.wait_for("next.txt\n")
        dropbox.signal(signal.SIGINT)
        ended = dropbox.finish()
    assert ended.code == Exit.CTRL_C
    assert set(log.read_text().splitlines()) == {str(out / name) for name in (evil.name, "-rf", "next.txt")}
    assert "said" in ended.stderr
    assert "said" not in ended.stdout
    assert not (tmp_path / "pwned").exists()


def test_what_is_too_much_is_refused_and_the_next_one_taken(server: str, tmp_path: Path) -> None:
    out = tmp_path / "box"
    with box(server, out, "--max-size", "1M", json=True) as dropbox:
        to = dropbox.wait_for(r'"code":"([^"]+)"')[1]
        assert_ended(drop(server, to, random_file(tmp_path / "large.bin", 2 * MIB)), Exit.DECLINED, "1000000")
        dropbox.wait_for(r'"event":"error".*"code":"declined"')
        with (
            (tmp_path / "large.bin").open("rb") as stream,
            twocans("send", "-", "--to", to, "--server", server, stdin=stream) as sender,
        ):
            assert_ended(sender.finish(), Exit.DECLINED, "1000000")
        assert_done(drop(server, to, random_file(tmp_path / "small.bin", 10)))
        dropbox.wait_for('"event":"done"')
        dropbox.signal(signal.SIGINT)
        assert_ended(dropbox.finish(), Exit.CTRL_C)
    assert [path.name for path in out.iterdir()] == ["small.bin"]


def test_a_sender_that_leaves_half_way_leaves_the_box_open(server: str, tmp_path: Path) -> None:
    out = tmp_path / "box"
    with box(server, out, "--limit-rate", "1M", json=True) as dropbox:
        to = dropbox.wait_for(r'"code":"([^"]+)"')[1]
        large = random_file(tmp_path / "large.bin", 20 * MIB)
        with twocans("send", "--to", to, "--server", server, large) as sender:
            dropbox.wait_for('"event":"progress"')
            sender.signal(signal.SIGINT)
            assert_ended(sender.finish(), Exit.CTRL_C)
        dropbox.wait_for('"event":"error".*"code":"interrupted"')
        assert_done(drop(server, to, random_file(tmp_path / "small.bin", 10)))
        dropbox.wait_for('"event":"done"')


def test_a_wrong_guess_burns_a_code_and_ends_the_box(server: str, tmp_path: Path) -> None:
    with box(server, tmp_path / "box") as dropbox:
        code = code_of(dropbox)
        right = code.rpartition("-")[2]
        wrong = code.removesuffix(right) + next(word for word in WORDS if word != right)
        assert_ended(drop(server, wrong, random_file(tmp_path / "x", 10)), Exit.WRONG_CODE)
        assert_ended(dropbox.finish(), Exit.WRONG_CODE, "burnt")


def test_a_box_that_nobody_fills_ends_in_time(server: str, tmp_path: Path) -> None:
    with box(server, tmp_path / "box", "--timeout", "0.5") as dropbox:
        assert_ended(dropbox.finish(), Exit.NOBODY_CAME, "Nobody came in 0.5 seconds")
    with box(server, tmp_path / "box", "--timeout", "15") as dropbox:
        assert_done(drop(server, code_of(dropbox), random_file(tmp_path / "x", 10)))
        assert_done(dropbox.finish())


def test_a_folder_that_comes_twice_keeps_every_file(server: str, tmp_path: Path) -> None:
    out, tree = tmp_path / "box", tmp_path / "photos"
    with box(server, out) as dropbox:
        to = code_of(dropbox)
        for size in (10, 20):
            random_file(tree / "day 1" / "a.jpg", size)
            assert_done(drop(server, to, tree))
        dropbox.wait_for(f"({re.escape(str(out / 'photos'))}\n){{2}}")
    assert {path.name: path.stat().st_size for path in (out / "photos" / "day 1").iterdir()} == {
        "a.jpg": 10,
        "a (1).jpg": 20,
    }
