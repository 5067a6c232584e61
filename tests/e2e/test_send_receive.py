"""Both commands as real processes, through a real server: what arrives and what is said."""

from __future__ import annotations

import filecmp
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from peer.exits import Exit
from tests.support.commands import MIB, Word, assert_done, assert_ended, code_of, move, random_file
from tests.support.processes import Ended, serving, twocans

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving() as (url, _):
        yield url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return random_file(tmp_path / "given" / "random.bin", 3 * MIB + 17)


# What arrives


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gives", "takes", "size"),
    [
        ("libwebrtc", "libwebrtc", 1024 * MIB),
        ("aiortc", "aiortc", 100 * MIB),
        ("libwebrtc", "aiortc", 100 * MIB),
        ("aiortc", "libwebrtc", 100 * MIB),
    ],
)
def test_a_large_file_arrives_byte_for_byte_in_little_memory(
    server: str, tmp_path: Path, gives: str, takes: str, size: int
) -> None:
    source, out = random_file(tmp_path / "large.bin", size), tmp_path / "out"
    ends = move(server, ["--engine", gives, source], ["--engine", takes, "--yes", "--out", out], 500)
    assert_done(*ends)
    assert filecmp.cmp(source, out / "large.bin", shallow=False)
    assert max(end.peak for end in ends) < 200_000_000


@pytest.mark.parametrize("engines", [("libwebrtc", "libwebrtc"), ("aiortc", "libwebrtc"), ("libwebrtc", "aiortc")])
def test_a_file_arrives_between_any_two_engines(
    server: str, tmp_path: Path, file: Path, engines: tuple[str, str]
) -> None:
    gave, got = move(
        server, ["--engine", engines[0], file], ["--engine", engines[1], "--yes", "--out", tmp_path / "out"]
    )
    assert_done(gave, got)
    assert filecmp.cmp(file, tmp_path / "out" / file.name, shallow=False)
    assert "every byte proven" in gave.stderr
    assert got.stdout == f"{tmp_path / 'out' / file.name}\n"


def test_a_folder_arrives_whole(server: str, tmp_path: Path) -> None:
    tree = tmp_path / "ছবি 2026"
    for number in range(296):
        random_file(tree / f"day {number % 7}" / f"{number:03} 写真 é.jpg", number * 97)
    (tree / "empty folder").mkdir()
    for name in ("empty", "day 1/empty.txt", "day 2/👩‍👩‍👧.png", "day 3/[red]x"):
        (tree / name).touch()
    os.utime(tree / "empty", (1_000_000_000, 1_000_000_000))
    assert_done(*move(server, [tree], ["--yes", "--out", tmp_path / "out"]))
    assert listing(tmp_path / "out" / tree.name) == listing(tree)
    assert (tmp_path / "out" / tree.name / "empty").stat().st_mtime == 1_000_000_000


def listing(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in folder.rglob("*")
    }


def test_what_is_excluded_stays_here(server: str, tmp_path: Path) -> None:
    for name in ("keep.txt", "drop.log", "cache/x"):
        random_file(tmp_path / "tree" / name, 10)
    give: list[Word] = ["--exclude", "*.log", "--exclude", "cache", tmp_path / "tree"]
    assert_done(*move(server, give, ["--yes", "--out", tmp_path / "out"]))
    assert listing(tmp_path / "out" / "tree").keys() == {"keep.txt"}


def test_standard_input_arrives_whatever_its_size(server: str, tmp_path: Path, file: Path) -> None:
    with (
        file.open("rb") as stream,
        twocans("send", "-", "--name", "logs.tar", "--server", server, stdin=stream) as sender,
        twocans("receive", "--yes", "--out", tmp_path, "--server", server, code_of(sender)) as receiver,
    ):
        assert_done(receiver.finish(), sender.finish())
    assert filecmp.cmp(file, tmp_path / "logs.tar", shallow=False)


def test_two_receivers_get_it_side_by_side(server: str, tmp_path: Path, file: Path) -> None:
    with twocans("send", "--receivers", "2", "--server", server, file) as sender:
        code = code_of(sender)
        outs = [tmp_path / "a", tmp_path / "b"]
        receivers = [twocans("receive", "--yes", "--server", server, "--out", out, code) for out in outs]
        assert_done(*(receiver.finish() for receiver in receivers), sender.finish())
    assert all(filecmp.cmp(file, out / file.name, shallow=False) for out in outs)


def test_the_server_is_killed_and_the_file_arrives(tmp_path: Path) -> None:
    source = random_file(tmp_path / "large.bin", 150 * MIB)
    with (
        serving() as (url, server),
        twocans("send", "--server", url, source) as sender,
        twocans("receive", "--json", "--yes", "--server", url, "--out", tmp_path / "out", code_of(sender)) as receiver,
    ):
        receiver.wait_for('"event":"progress"')
        server.kill()
        assert_done(receiver.finish(120), sender.finish(120))
    assert filecmp.cmp(source, tmp_path / "out" / "large.bin", shallow=False)


def comes_in(code: str, url: str, out: Path, tries: int = 20) -> Ended:
    """Receives; a new server knows no such room until the sender has its number again."""
    with twocans("receive", "--yes", "--server", url, "--out", out, code) as receiver:
        ended = receiver.finish(120)
    return comes_in(code, url, out, tries - 1) if ended.code == Exit.WRONG_CODE and tries else ended


def test_a_new_server_is_found_again_and_introduces_the_next_receiver_under_the_same_code(tmp_path: Path) -> None:
    source = random_file(tmp_path / "large.bin", 150 * MIB)
    outs = [tmp_path / "first", tmp_path / "second"]
    with serving() as (url, server), twocans("send", "--receivers", "2", "--server", url, source) as sender:
        code = code_of(sender)
        with twocans("receive", "--json", "--yes", "--server", url, "--out", outs[0], code) as first:
            first.wait_for('"event":"progress"')
            server.kill()
            server.finish()
            with serving("--port", url.rpartition(":")[2]) as (again, _):
                assert again == url
                assert_done(first.finish(120))
                assert_done(comes_in(code, url, outs[1]), sender.finish(120))
    assert all(filecmp.cmp(source, out / "large.bin", shallow=False) for out in outs)


# How it is invited


def test_a_link_is_enough_and_names_its_server(server: str, tmp_path: Path, file: Path) -> None:
    with twocans("send", "--link", "--server", server, file) as sender:
        link = code_of(sender)
        assert re.fullmatch(re.escape(server) + "/f#[A-Za-z0-9_-]{22}", link)
        with twocans("receive", "--yes", "--out", tmp_path / "out", link) as receiver:
            assert_done(receiver.finish(), sender.finish())


def test_the_code_need_not_stand_on_a_command_line(server: str, tmp_path: Path, file: Path) -> None:
    for place in ("environment", "file", "standard input"):
        with twocans("send", "--server", server, file) as sender:
            written = tmp_path / "code"
            written.write_text(code_of(sender).upper().replace("-", " ") + "\n")
            env = {"TWOCANS_CODE": written.read_text()} if place == "environment" else {}
            places: dict[str, list[Word]] = {"file": ["--code-file", written], "standard input": ["-"]}
            words: list[Word] = ["receive", "--yes", "--out", tmp_path / place, "--server", server]
            with (
                written.open("rb") as stream,
                twocans(*words, *places.get(place, []), env=env, stdin=stream) as receiver,
            ):
                assert_done(receiver.finish(), sender.finish())


def test_a_code_of_ones_own_and_one_of_more_words(server: str, tmp_path: Path, file: Path) -> None:
    own = "4242-acid-zone-zoo"
    gave, got = move(server, ["--code", own, file], ["--yes", "--out", tmp_path / "a"])
    assert_done(gave, got)
    assert gave.stdout == f"{own}\n"
    gave, got = move(server, ["--words", "5", file], ["--yes", "--out", tmp_path / "b"])
    assert_done(gave, got)
    assert gave.stdout.count("-") == 5


# What is said


def test_scripts_read_events(server: str, tmp_path: Path, file: Path) -> None:
    with twocans("send", "--json", "--server", server, file) as sender:
        code = sender.wait_for(r'"code":"([^"]+)"')[1]
        with twocans("receive", "--json", "--yes", "--server", server, "--out", tmp_path / "out", code) as receiver:
            got, gave = receiver.finish(), sender.finish()
    assert_done(gave, got)
    told = [[event["event"] for event in end.events if event["event"] != "progress"] for end in (gave, got)]
    assert told[0] == ["code", *told[1]]
    assert told[1] == ["peer", "verify", "path", "offer", "file", "done"]
    sent, received = ({event["event"]: event for event in end.events} for end in (gave, got))
    assert sent["verify"]["emoji"] == received["verify"]["emoji"]
    assert sent["file"]["sha256_root"] == received["file"]["sha256_root"]
    assert sent["offer"]["transfer"] == received["done"]["transfer"]
    assert received["path"]["kind"] == "direct"
    assert received["done"]["bytes"] == file.stat().st_size
    assert gave.stderr == got.stderr == ""


def test_a_person_sees_code_and_qr_is_asked_and_says_yes(server: str, tmp_path: Path, file: Path) -> None:
    with twocans("send", "--server", server, file, terminal=True) as sender:
        code = code_of(sender)
        sender.wait_for("█▀▀▀▀▀█", "stderr")
        sender.wait_for(f"twocans receive {code} --server {server}", "stderr")
        with twocans("receive", "--server", server, "--out", tmp_path / "out", terminal=True) as receiver:
            receiver.wait_for("Code or link: ", "stderr")
            receiver.type(code + "\n")
            receiver.wait_for(rf"{file.name} +3.1 MB", "stderr")
            receiver.wait_for(r"\[Y/n\]", "stderr")
            receiver.type("y\n")
            assert_done(receiver.finish(), sender.finish())
    assert filecmp.cmp(file, tmp_path / "out" / file.name, shallow=False)


def test_taken_names_are_asked_about_and_never_overwritten_unasked(server: str, tmp_path: Path, file: Path) -> None:
    out = tmp_path / "out"
    random_file(out / file.name, 5)
    with twocans("send", "--server", server, file) as sender:
        words: list[Word] = ["receive", "--yes", "--server", server, "--out", out, code_of(sender)]
        with twocans(*words, terminal=True) as receiver:
            receiver.wait_for("There already: random.bin", "stderr")
            receiver.type("r\n")
            assert_done(receiver.finish(), sender.finish())
    assert (out / file.name).stat().st_size == 5
    assert filecmp.cmp(file, out / "random (1).bin", shallow=False)
    for end in move(server, [file], ["--yes", "--out", out]):
        assert_ended(end, Exit.DISK, "random.bin")
    assert_done(*move(server, [file], ["--yes", "--out", out, "--on-conflict", "overwrite"]))
    assert filecmp.cmp(file, out / file.name, shallow=False)
