from __future__ import annotations

import sys
from pathlib import Path

import pytest

from peer.command import run, split

PATHS = [Path("/in box/$(a).txt"), Path("/in box/-rf")]
WRITE = "import sys; open(sys.argv[1], 'w').write(repr(sys.argv[2:]))"


def test_words_are_those_that_a_shell_would_see() -> None:
    assert split("convert '{}' \"to this\" a\\ b") == ("convert", "{}", "to this", "a b")


@pytest.mark.parametrize("text", ["", "  ", "'", "{} x", "cp file={}"])
def test_what_is_no_command_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"names no program|do not match|word of its own"):
        split(text)


@pytest.mark.parametrize(("end", "seen"), [(["{}", "z"], [*map(str, PATHS), "z"]), (["z"], ["z", *map(str, PATHS)])])
def test_paths_are_arguments_in_their_place_or_at_the_end(tmp_path: Path, end: list[str], seen: list[str]) -> None:
    assert run([sys.executable, "-c", WRITE, str(tmp_path / "seen"), *end], PATHS) == ""
    assert (tmp_path / "seen").read_text() == repr(seen)


def test_a_failure_is_a_sentence() -> None:
    assert run([sys.executable, "-c", "raise SystemExit(3)"], []) == f"`{sys.executable}` failed with exit code 3."
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert run([sys.executable, "-c", killed], []) == f"`{sys.executable}` was ended by signal 9."
    assert run(["/no/such/program"], []) == "`/no/such/program` cannot be run: no such file or directory."
