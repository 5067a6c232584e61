"""The word list and its completion."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest

from peer.words import WORDS, complete_word, completions, draw_words


def test_the_list_is_bip39_english() -> None:
    text = "".join(f"{word}\n" for word in WORDS)
    assert hashlib.sha256(text.encode()).hexdigest() == (
        "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
    )


def test_four_letters_tell_a_word() -> None:
    assert Counter(word[:4] for word in WORDS).most_common(1)[0][1] == 1


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("zebra", "zebra"),
        ("zeb", "zebra"),
        ("act", "act"),  # a word, though it begins others
        ("acti", "action"),
        ("ze", None),  # two letters are never enough
        ("ab", None),
        ("aba", "abandon"),
        ("otter", None),
        ("zebras", None),
        ("", None),
    ],
)
def test_complete_word(typed: str, meant: str | None) -> None:
    assert complete_word(typed) == meant


def test_completions_are_those_that_begin_so() -> None:
    assert completions("abs") == ["absent", "absorb", "abstract", "absurd"]
    assert completions("zoo") == ["zoo"]
    assert completions("zzz") == []
    assert completions("") == list(WORDS)


def test_every_word_is_drawn_from_its_own_numbers() -> None:
    numbers = iter(range(2**16))
    drawn = Counter(draw_words(2**16, lambda size: next(numbers).to_bytes(size)))
    assert set(drawn) == set(WORDS)
    assert set(drawn.values()) == {32}
