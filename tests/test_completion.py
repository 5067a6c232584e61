"""What real shells complete with `twocans completion`."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from tests.support.processes import HOME, Program

BASH = """
source <(twocans completion bash)
COMP_WORDS=({words}); COMP_CWORD={at}
_twocans_completion twocans
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
ZSH = """
autoload -Uz compinit && compinit -D
source <(twocans completion zsh)
compadd() {{ print -l -- ${{(P)@[-1]}} }}        # outside of a prompt there is nothing to add to
_describe() {{ print -l -- ${{${{(P)3}}%%:*}} }}
words=({words}); CURRENT=$(({at} + 1))
_twocans_completion
"""
FISH = """
twocans completion fish | source
complete --do-complete '{line}' | string replace --regex '\\t.*' ''
"""
SHELLS = [
    pytest.param("bash", ["--norc"], BASH),
    pytest.param("zsh", ["-f"], ZSH, marks=pytest.mark.zsh),
    pytest.param("fish", ["--no-config"], FISH, marks=pytest.mark.fish),
]


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A search path on which `twocans` is that of this checkout."""
    command = tmp_path / "bin" / "twocans"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{HOME}" exec "{sys.executable}" -m twocans "$@"\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return f"{command.parent}:{os.environ['PATH']}"


def completed(shell: str, flags: list[str], script: str, path: str, *words: str) -> set[str]:
    line = " ".join(words)
    asked = script.format(words=line, line=line, at=len(words) - 1)
    with Program([shell, *flags, "-c", asked], env={"PATH": path, "HOME": str(Path(path.split(":")[0]).parent)}) as run:
        ended = run.finish()
    assert ended.stderr == ""
    return {line.strip() for line in ended.stdout.splitlines()} - {""}


@pytest.mark.parametrize(("shell", "flags", "script"), SHELLS)
def test_shells_complete_commands_options_and_codes(shell: str, flags: list[str], script: str, path: str) -> None:
    def complete(*words: str) -> set[str]:
        return completed(shell, flags, script, path, *words)

    assert complete("twocans", "rec") == {"receive"}
    assert complete("twocans", "receive", "--keep") == {"--keep-open"}
    assert {"ask", "rename", "skip", "overwrite"} == complete("twocans", "receive", "--on-conflict", "")
    assert complete("twocans", "receive", "7-absorb-map") == {"7-absorb-maple"}
    assert complete("twocans", "receive", "7", "absorb", "map") == {"maple"}
    assert complete("twocans", "send", "--to", "7-absorb-map") == {"7-absorb-maple"}
    assert complete("twocans", "receive", "7") == set()
