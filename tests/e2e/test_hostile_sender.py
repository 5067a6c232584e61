"""A sender that uses our library with its own checks off."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from peer.exits import Exit
from tests.support.commands import assert_ended, code_of, nothing_in, random_file
from tests.support.hostile import HOSTILE
from tests.support.processes import Program, python, serving, twocans

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving() as (url, _):
        yield url


PATHS = [
    "../evil", "a/../../evil", "..", "a/..", ".", "./a", "a/./b", "/etc/cron.d/evil", "//server/share", "a//b", "a/",
    "C:evil", "C:/evil", "c:\\evil", "a\\b", "..\\evil", "file:stream", "nul\0byte", "line\nbreak", "esc\x1b[2J",
    "del\x7f", "c1\x85", "bidi\u202etxt.exe", "isolate\u2066x", "mark\u200fx", "NUL", "con.txt", "a/COM1.log", "LPT9",
    "COM¹", "dot.", "space ", "dir./x", "e\u0301", "x" * 256, ".twocans/journal", "/".join("d" * 65),
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


def test_what_arrives_otherwise_than_it_was_sent_8(server: str, tmp_path: Path) -> None:
    with python(HOSTILE, server, "lie", "file.txt") as sender:
        with twocans("receive", "--yes", "--out", tmp_path / "out", code_of(sender)) as receiver:
            assert_ended(receiver.finish(), Exit.INTEGRITY)
        assert sender.finish().stdout.endswith("IntegrityFailed\n")
    assert nothing_in(tmp_path / "out")
