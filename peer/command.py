"""A person's own command, run with the paths of what has come; never through a shell, which would read names as words.

`{}` as a word of its own stands for the paths; without it they come last.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PLACE = "{}"


def split(text: str) -> tuple[str, ...]:
    """The words of a command line, quoted as a shell would have it. Raises ValueError with a sentence."""
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise ValueError(f"its quotes do not match ({str(error).lower()})") from None
    if not words or words[0] == PLACE:
        raise ValueError("it names no program")
    if any(PLACE in word and word != PLACE for word in words):
        raise ValueError(f"{PLACE} is a word of its own")
    return words


def run(words: Sequence[str], paths: Sequence[Path]) -> str:
    """Runs it to its end, without input; what it prints goes to stderr. A sentence if it failed, else ""."""
    told = [str(path) for path in paths]
    filled = [part for word in words for part in (told if word == PLACE else [word])]
    if PLACE not in words:
        filled += told
    try:
        ended = subprocess.run(filled, stdin=subprocess.DEVNULL, stdout=sys.stderr.fileno(), check=False)  # noqa: S603
    except OSError as error:
        return f"`{words[0]}` cannot be run: {(error.strerror or str(error)).lower()}."
    if ended.returncode < 0:
        return f"`{words[0]}` was ended by signal {-ended.returncode}."
    return f"`{words[0]}` failed with exit code {ended.returncode}." if ended.returncode else ""
