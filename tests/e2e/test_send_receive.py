"""Both commands as real processes, through a real server: what arrives, what is said, and how each end exits."""

from __future__ import annotations

import filecmp
import hashlib
import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from peer.exits import Exit
from peer.words import WORDS
from tests.support.processes import Ended, Program, python, serving, twocans

MIB = 1024 * 1024
Word = str | Path
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving() as (url, _):
        yield url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return random_file(tmp_path / "given" / "random.bin", 3 * MIB + 17)


def random_file(path: Path, size: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for start in range(0, size, MIB):
            file.write(os.urandom(min(MIB, size - start)))
    return path


def code_of(sender: Program) -> str:
    return sender.wait_for(r"^(\S+)\n")[1]


def move(server: str, give: list[Word], take: list[Word], timeout: float = 60) -> tuple[Ended, Ended]:
    """Both ends to their end."""
    with twocans("send", "--server", server, *give) as sender:
        code = code_of(sender)
        with twocans("receive", "--server", server, *take, code) as receiver:
            got = receiver.finish(timeout)
            return sender.finish(timeout), got


def assert_done(*ends: Ended) -> None:
    for end in ends:
        assert end.code == Exit.DONE, end.stderr
        assert "Traceback" not in end.stderr


def assert_ended(end: Ended, exit: Exit, *words: str) -> None:
    """The exit code, and a sentence with these words instead of a traceback."""
    assert end.code == exit, (end.code, end.stderr)
    assert "Traceback" not in end.stderr
    for word in words:
        assert word in end.stderr


def nothing_in(folder: Path) -> bool:
    return not folder.exists() or not list(folder.iterdir())


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
    source = random_file(tmp_path / "large.bin", 300 * MIB)
    with (
        serving() as (url, server),
        twocans("send", "--server", url, source) as sender,
        twocans("receive", "--json", "--yes", "--server", url, "--out", tmp_path / "out", code_of(sender)) as receiver,
    ):
        receiver.wait_for('"event":"progress"')
        server.kill()
        assert_done(receiver.finish(120), sender.finish(120))
    assert filecmp.cmp(source, tmp_path / "out" / "large.bin", shallow=False)


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
            last: list[Word] = {"file": ["--code-file", written], "standard input": ["-"]}.get(place, [])
            words: list[Word] = ["receive", "--yes", "--out", tmp_path / place, "--server", server, *last]
            with written.open("rb") as stream, twocans(*words, env=env, stdin=stream) as receiver:
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


# How it can fail


def test_usage_2() -> None:
    with twocans("send", "/no/such/file") as sender, twocans("receive") as receiver:
        assert_ended(sender.finish(), Exit.USAGE, "does not exist")
        assert_ended(receiver.finish(), Exit.USAGE, "Which code?")


def test_nobody_came_3(server: str, file: Path) -> None:
    with twocans("send", "--timeout", "0.5", "--json", "--server", server, file) as sender:
        ended = sender.finish()
    assert_ended(ended, Exit.NOBODY_CAME, "Nobody came in 0.5 seconds")
    assert [ended.events[-1][key] for key in ("event", "v", "code", "exit")] == ["error", 1, "nobody_came", 3]
    with (
        twocans("send", "--link", "--server", server, file) as sender,
        twocans("receive", "--timeout", "0.5", f"{server}/f#{'A' * 22}") as receiver,
    ):
        assert_ended(receiver.finish(), Exit.NOBODY_CAME)


def test_a_wrong_word_is_told_to_both_and_burns_the_code_4(server: str, tmp_path: Path, file: Path) -> None:
    with twocans("send", "--server", server, file) as sender:
        code = code_of(sender)
        right = code.rpartition("-")[2]
        wrong = code.removesuffix(right) + next(word for word in WORDS if word != right)
        with twocans("receive", "--yes", "--out", tmp_path / "out", "--server", server, wrong) as receiver:
            assert_ended(receiver.finish(), Exit.WRONG_CODE, "wrong code", "mistyped")
        assert_ended(sender.finish(), Exit.WRONG_CODE, "wrong code", "burnt")
    with twocans("receive", "--yes", "--out", tmp_path / "out", "--server", server, code) as receiver:
        assert_ended(receiver.finish(), Exit.WRONG_CODE)
    assert nothing_in(tmp_path / "out")


def test_declined_5(server: str, tmp_path: Path, file: Path) -> None:
    gave, got = move(server, [file], ["--out", tmp_path / "out"])
    assert_ended(gave, Exit.DECLINED, "declined")
    assert_ended(got, Exit.DECLINED, "no terminal to ask on", "--yes")
    gave, got = move(server, [file], ["--yes", "--out", tmp_path / "out", "--max-size", "1M"])
    assert_ended(gave, Exit.DECLINED, "1000000")
    assert_ended(got, Exit.DECLINED, "--max-size")
    with twocans("send", "--server", server, file) as sender:
        words: list[Word] = ["receive", "--server", server, "--out", tmp_path / "out", code_of(sender)]
        with twocans(*words, terminal=True) as receiver:
            receiver.wait_for(r"\[Y/n\]", "stderr")
            receiver.type("n\n")
            assert_ended(receiver.finish(), Exit.DECLINED, "nothing was received")
        assert_ended(sender.finish(), Exit.DECLINED, "declined")
    assert nothing_in(tmp_path / "out")


def test_server_unreachable_7(file: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with (
            twocans("send", "--server", url, file) as sender,
            twocans("receive", "--server", url, "7-acid-zoo") as receiver,
        ):
            assert_ended(sender.finish(), Exit.SERVER_UNREACHABLE, url, "twocans serve", "--server")
            assert_ended(receiver.finish(), Exit.SERVER_UNREACHABLE, url)


def test_what_arrives_otherwise_than_it_was_sent_8(server: str, tmp_path: Path) -> None:
    with python(HOSTILE, server, "lie", "file.txt") as sender:
        with twocans("receive", "--yes", "--out", tmp_path / "out", code_of(sender)) as receiver:
            assert_ended(receiver.finish(), Exit.INTEGRITY)
        assert sender.finish().stdout.endswith("IntegrityFailed\n")
    assert nothing_in(tmp_path / "out")


def test_disk_9(server: str, tmp_path: Path, file: Path) -> None:
    gave, got = move(server, [file], ["--yes", "--out", file / "below"])
    assert_ended(gave, Exit.DISK, "The other side says")
    assert_ended(got, Exit.DISK, str(file / "below"))


def test_ctrl_c_while_waiting_130(server: str, file: Path) -> None:
    with twocans("send", "--server", server, file) as sender:
        code = code_of(sender)
        sender.signal(signal.SIGINT)
        assert_ended(sender.finish(), Exit.CTRL_C, "Stopped")
    with twocans("receive", "--server", server, code) as receiver:
        assert_ended(receiver.finish(), Exit.WRONG_CODE)


@pytest.mark.parametrize("who", ["sender", "receiver"])
def test_ctrl_c_during_a_transfer_130_and_11_at_the_other_end(server: str, tmp_path: Path, who: str) -> None:
    source, out = random_file(tmp_path / "large.bin", 300 * MIB), tmp_path / "out"
    with (
        twocans("send", "--server", server, source) as sender,
        twocans("receive", "--json", "--yes", "--server", server, "--out", out, code_of(sender)) as receiver,
    ):
        receiver.wait_for('"event":"progress"')
        stopped, other = (sender, receiver) if who == "sender" else (receiver, sender)
        stopped.signal(signal.SIGINT)
        assert_ended(stopped.finish(), Exit.CTRL_C, "Stopped")
        assert_ended(other.finish(), Exit.INTERRUPTED)
    assert nothing_in(out)


# A sender that uses our library with its own checks off
PATHS = [
    "../evil", "a/../../evil", "..", "a/..", ".", "./a", "a/./b", "/etc/cron.d/evil", "//server/share", "a//b", "a/",
    "C:evil", "C:/evil", "c:\\evil", "a\\b", "..\\evil", "file:stream", "nul\0byte", "line\nbreak",
    "esc\x1b[2J", "del\x7f",
    "c1\x85", "bidi\u202etxt.exe", "isolate\u2066x", "mark\u200fx", "NUL", "con.txt", "a/COM1.log", "LPT9",
    "COM¹", "dot.",
    "space ", "dir./x", "e\u0301", "x" * 256, ".twocans/journal", "/".join("d" * 65),
]  # fmt: skip
TREES: list[list[dict[str, object]]] = [
    [{"path": "README"}, {"path": "readme"}],
    [{"path": "É"}, {"path": "é"}],
    [{"path": "straße"}, {"path": "STRASSE"}],
    [{"path": "twice"}, {"path": "twice"}],
    [{"path": "a"}, {"path": "a/b"}],
    [{"path": "A/x"}, {"path": "a/y"}],
    [{"path": "top/link", "kind": "link", "target": "../../etc"}],
    [{"path": "top/link", "kind": "link", "target": "/etc"}],
    [{"path": "top/link", "kind": "link", "target": "."}, {"path": "top/link/evil"}],
]
HOSTILE_TREES = [[{"path": "innocent.txt", "size": 7}, {"path": path, "size": 7}] for path in PATHS] + TREES
AT_ONCE = 6


@pytest.mark.slow
def test_forty_hostile_names_10(server: str, tmp_path: Path) -> None:
    assert len(HOSTILE_TREES) >= 40
    with python(HOSTILE, server, "names", json.dumps(HOSTILE_TREES)) as sender:
        refuse_each(sender, tmp_path, len(HOSTILE_TREES))


def test_a_hostile_name_10(server: str, tmp_path: Path) -> None:
    with python(HOSTILE, server, "names", json.dumps(HOSTILE_TREES[:1])) as sender:
        refuse_each(sender, tmp_path, 1)


def refuse_each(sender: Program, tmp_path: Path, count: int) -> None:
    """Every room of the hostile sender is visited by a receiver of its own."""
    links = re.findall(r"http\S+", sender.wait_for(rf"(http\S+\n){{{count}}}")[0])
    for start in range(0, count, AT_ONCE):
        outs = [tmp_path / "around" / f"out {number}" for number in range(start, min(start + AT_ONCE, count))]
        receivers = [twocans("receive", "--yes", "--out", out, links[start + at]) for at, out in enumerate(outs)]
        for receiver in receivers:
            assert_ended(receiver.finish(), Exit.UNSAFE_NAME, "The name", "Nothing was written")
    assert nothing_in(tmp_path / "around")
    assert sender.finish().stdout.count("UnsafeName") == count


def test_a_name_that_receivers_would_refuse_is_not_even_offered_10(server: str, tmp_path: Path) -> None:
    with twocans("send", "--server", server, random_file(tmp_path / "what: a name", 1)) as sender:
        assert_ended(sender.finish(), Exit.UNSAFE_NAME, "colon")


HOSTILE = """
import asyncio, sys
from unittest.mock import patch
import peer.manifest, peer.outgoing
from peer.client import join
from peer.invite import new_link_invite
from peer.manifest import Manifest
from peer.source import Source
from peer.wire.frames import Entry
import msgspec

peer.manifest.check_entries = lambda entries: None
server, what, *cases = sys.argv[1:]
if what == "lie":
    honest = peer.outgoing.pack_leaf
    peer.outgoing.pack_leaf = lambda file, leaf, length, proof: honest(file, leaf, length, bytes(32))
    entries = [[{"path": case, "size": 7, "mtime": 0} for case in cases]]
else:
    entries = msgspec.json.decode(cases[0])

class Reader:
    size = -1
    def read(self, file, leaf, length): return b"hostile"
    def stop(self): pass
    def close(self): pass

class Lies(Source):
    def open(self): return Reader()

async def give(number, entries):
    async with join(new_link_invite(), server=server, limit=2) as room:
        print(room.invite.link(server, files=True), flush=True)
        async for remote in room.peers():
            source = Lies("files", Manifest(tuple(msgspec.convert(entries, list[Entry]))))
            try:
                await peer.outgoing.Outgoing(source).run(remote)
            except Exception as error:
                print(number, type(error).__name__, flush=True)
            return

async def main():
    async with asyncio.TaskGroup() as group:
        for number, each in enumerate(entries):
            group.create_task(give(number, each))

asyncio.run(main())
"""
