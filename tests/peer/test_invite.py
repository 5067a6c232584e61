"""Invites: made, printed, and read back however a person types them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peer.bytes import from_base64url
from peer.invite import BadInvite, Invite, new_code_invite, new_link_invite, parse_invite
from peer.words import WORDS
from tests.support.vectors import read_vectors

VECTORS = read_vectors("invite")


@pytest.mark.parametrize("case", VECTORS["parsed"], ids=lambda case: case["text"])
def test_parses(case: dict[str, Any]) -> None:
    invite = Invite(bytes.fromhex(case["secret"]), case["room"], case["code"], case["token"])
    assert parse_invite(case["text"]) == (invite, case["server"])


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["text"] or "nothing")
def test_refuses(case: dict[str, Any]) -> None:
    with pytest.raises(BadInvite) as caught:
        parse_invite(case["text"])
    assert caught.value.reason == case["bad"]


@pytest.mark.parametrize("case", VECTORS["links"], ids=lambda case: case["server"])
def test_prints_a_link(case: dict[str, Any]) -> None:
    assert parse_invite(case["token"])[0].link(case["server"], case["files"]) == case["link"]


@given(st.binary(min_size=16, max_size=16), st.booleans())
def test_a_link_leads_back_to_its_invite(secret: bytes, files: bool) -> None:
    invite = new_link_invite(lambda size: secret)
    assert parse_invite(invite.link("https://call.example", files)) == (invite, "https://call.example")
    assert len(invite.room) == 22
    assert invite.token not in repr(invite)


@given(st.binary(min_size=16, max_size=16), st.integers(1, 999_999_999), st.sampled_from(" -_./, "))
def test_a_code_leads_back_to_its_invite(bits: bytes, number: int, separator: str) -> None:
    source = iter(bits)
    invite = new_code_invite(f"n{number}", 3, lambda size: bytes(next(source) for _ in range(size)))
    assert invite.code is not None
    assert parse_invite(invite.code) == (invite, None)
    assert parse_invite(invite.code.replace("-", separator).upper())[0] == invite
    assert parse_invite(separator.join(word[:4] for word in invite.code.split("-")))[0].secret == invite.secret
    assert invite.code not in repr(invite)


def test_a_code_of_the_length_of_a_link_is_a_code_in_any_spelling() -> None:
    for text in (
        "1-popular-foil-dilemma",
        "1_popular_foil_dilemma",
        "1_POPULAR_FOIL_DILEMMA",
        "1 POPULAR FOIL DILEMMA",
    ):
        assert parse_invite(text)[0].code == "1-popular-foil-dilemma"


def test_the_number_is_no_part_of_the_secret() -> None:
    seven, eight = parse_invite("7-zebra-zoo")[0], parse_invite("8-zebra-zoo")[0]
    assert seven.secret == eight.secret == b"zebra-zoo"
    assert seven.room != eight.room


def test_a_secret_that_reads_as_a_code_is_not_given_out() -> None:
    drawn = iter([from_base64url("7-abandon-ability-ablA"), bytes(16)])
    assert new_link_invite(lambda size: next(drawn)).secret == bytes(16)


@pytest.mark.parametrize("words", [1, 9])
def test_a_code_has_two_to_eight_words(words: int) -> None:
    with pytest.raises(ValueError, match="2 to 8"):
        new_code_invite("n7", words)


def test_words_and_secrets_differ_from_one_invite_to_the_next() -> None:
    assert len({new_code_invite("n7").code for _ in range(50)}) == 50
    assert len({new_link_invite().token for _ in range(50)}) == 50
    code = new_code_invite("n7", 5).code
    assert code is not None
    assert len(code.split("-")) == 6
    assert set(code.split("-")[1:]) <= set(WORDS)
