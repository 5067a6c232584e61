"""The front door: quick to say what it can do, and every ending is an exit code."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import twocans
from tests.support import processes

HOME = Path(__file__).parent.parent
HEAVY = {"aiortc", "webrtc", "av", "aiohttp", "signaling", "peer", "web", "rich", "cryptography", "asyncio"}


def imported_by(*words: str) -> set[str]:
    """Packages that are loaded once `twocans WORDS` is over."""
    program = (
        "import sys, twocans\n"
        "try: twocans.main()\n"
        "except SystemExit as ended: assert not ended.code, ended.code\n"
        "print('\\n' + ' '.join(sys.modules))"
    )
    command = [sys.executable, "-c", program, *words]
    output = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=True).stdout
    return {name.split(".")[0] for name in output.splitlines()[-1].split()}


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["version", "--help"]])
def test_help_loads_no_command(words: list[str]) -> None:
    assert imported_by(*words) & HEAVY == set()


@pytest.mark.parametrize("name", twocans.DOORS)
def test_help_of_a_command_loads_no_engine_and_no_server(name: str) -> None:
    assert imported_by(name, "--help") & {"aiortc", "webrtc", "av", "aiohttp"} == set()


def test_help_has_a_line_for_every_command() -> None:
    with processes.twocans("--help") as program:
        ended = program.finish()
    for name, door in twocans.DOORS.items():
        assert f"  {name} " in ended.stdout
        assert door.summary.split(";")[0].rstrip(".") in ended.stdout


@pytest.mark.parametrize("words", [[], ["no-such-command"], ["--no-such-flag"], ["version", "extra"]])
def test_usage_errors_end_with_2(words: list[str]) -> None:
    with processes.twocans(*words) as program:
        ended = program.finish()
    assert (ended.code, ended.stdout) == (2, "")
    assert "Usage: twocans" in ended.stderr


def test_version_names_the_version_and_the_engines() -> None:
    version = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    with processes.twocans("version") as program:
        ended = program.finish()
    assert ended.code == 0
    assert f"twocans {version}\n" in ended.stdout
    assert "engine aiortc: usable\n" in ended.stdout
    assert "engine libwebrtc: " in ended.stdout


@pytest.mark.parametrize("flag", [None, "-v"])
def test_the_unexpected_is_one_sentence_unless_asked_for_more(flag: str | None) -> None:
    program = "import twocans; twocans.DOORS['open'] = twocans.Door('no_such_module', 'open', ''); twocans.main()"
    command = [sys.executable, "-c", program, *filter(None, [flag]), "open"]
    ended = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "ModuleNotFoundError: No module named 'no_such_module'" in ended.stderr
    assert ("Traceback" in ended.stderr) is bool(flag)
