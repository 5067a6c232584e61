"""A language that nobody speaks: each sentence of the English catalogue in brackets and in letters of its own.

    Stop sending to {name}   ⟦Šţöþ šéñðîñĝ ţö {name}⟧

A page that runs under it shows which of its words no catalogue knows: those in plain letters. Started as a module, this
is the `twocans` command whose pages speak it.
"""

from __future__ import annotations

import re
from unittest.mock import patch

from twocans import twocans
from web import languages

OPEN, CLOSE = "⟦", "⟧"
PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
ODD = "åƀçðéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýžÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽ"
_ODDLY = str.maketrans(PLAIN, ODD)
_PLACEHOLDER = re.compile(r"(\{\w+\})")
_GENUINE = languages.load


def pseudo(sentence: str) -> str:
    """The sentence in that language; placeholders stay."""
    parts = _PLACEHOLDER.split(sentence)
    return OPEN + "".join(part if part.startswith("{") else part.translate(_ODDLY) for part in parts) + CLOSE


def strays(text: str) -> str:
    """The letters of a text that no catalogue brought, each run of them once; and a bracket that lost its other."""
    depth, found = 0, ""
    for letter in text:
        depth += (letter == OPEN) - (letter == CLOSE)
        stray = letter.isalpha() and (depth < 1 or letter not in ODD)
        found += letter if stray else " "
    return " ".join([*found.split(), *(["unbalanced"] if depth else [])])


def _load(language: str) -> languages.Catalogue:
    return {key: pseudo(sentence) for key, sentence in _GENUINE(language).items()}


if __name__ == "__main__":
    with patch.object(languages, "load", _load):
        twocans()
