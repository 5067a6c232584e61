"""The language that nobody speaks."""

from __future__ import annotations

import re

import pytest

from tests.support.pseudo import pseudo, strays
from web import languages


@pytest.mark.parametrize("language", languages.ENDONYMS)
def test_a_sentence_keeps_its_placeholders_and_nothing_else_in_plain_letters(language: str) -> None:
    for key, sentence in languages.load(language).items():
        odd = pseudo(sentence)
        assert re.findall(r"\{\w+\}", odd) == re.findall(r"\{\w+\}", sentence), key
        assert re.search("[A-Za-z]", re.sub(r"\{\w+\}", "", odd)) is None, key


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (pseudo("Join"), ""),
        (f"{pseudo('Join')} · 3 × {pseudo('Stop')}", ""),
        ("⟦Ĵöîñ {name}⟧".replace("{name}", pseudo("Stop")), ""),
        ("Join", "Join"),
        (f"{pseudo('Join')} now", "now"),
        ("⟦Ĵöîñ Bela⟧", "Bela"),
        ("Ĵöîñ", "Ĵöîñ"),
        ("⟦Ĵöî", "unbalanced"),
    ],
)
def test_letters_that_no_catalogue_brought_are_found(text: str, found: str) -> None:
    assert strays(text) == found
