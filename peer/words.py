"""The 2048 words of spoken codes, and how one that was typed in part goes on."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path

MIN_PREFIX = 3
"""Fewer letters than this are never completed."""


def _read() -> tuple[str, ...]:
    lines = Path(__file__).with_name("words.txt").read_text("ascii").splitlines()
    return tuple(line for line in lines if not line.startswith("#"))


WORDS = _read()
"""BIP39 English: sorted, no two share their first four letters. Eleven bits each."""


def draw_words(count: int, random: Callable[[int], bytes]) -> list[str]:
    """`count` words, each equally likely: 2048 divides 65536."""
    return [WORDS[int.from_bytes(random(2)) % len(WORDS)] for _ in range(count)]


def completions(prefix: str) -> list[str]:
    """The words that begin with `prefix`, sorted."""
    start = bisect_left(WORDS, prefix)
    return list(takewhile(lambda word: word.startswith(prefix), WORDS[start:]))


def complete_word(prefix: str) -> str | None:
    """The one word that was meant: `prefix` itself if it is one, else the only word that begins with it."""
    found = completions(prefix)
    if prefix in found[:1]:
        return prefix
    return found[0] if len(found) == 1 and len(prefix) >= MIN_PREFIX else None
