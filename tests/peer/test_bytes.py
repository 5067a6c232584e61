"""Base64url with one spelling a value, and length-prefixed strings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peer.bytes import from_base64url, lv, to_base64url
from signaling.protocol.errors import Malformed
from tests.support.vectors import read_vectors

VECTORS = read_vectors("bytes")


@pytest.mark.parametrize("case", VECTORS["base64url"], ids=lambda case: case["text"][:12] or "nothing")
def test_base64url_both_ways(case: dict[str, str]) -> None:
    assert to_base64url(bytes.fromhex(case["bytes"])) == case["text"]
    assert from_base64url(case["text"]).hex() == case["bytes"]


@pytest.mark.parametrize("text", VECTORS["refused"])
def test_a_second_spelling_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        from_base64url(text)


@pytest.mark.parametrize("case", VECTORS["lv"], ids=lambda case: f"{len(case['bytes']) // 2} bytes")
def test_lv(case: dict[str, Any]) -> None:
    assert lv(*map(bytes.fromhex, case["parts"])).hex() == case["bytes"]


@given(st.lists(st.binary(max_size=200), max_size=4), st.lists(st.binary(max_size=200), max_size=4))
def test_no_two_lists_give_the_same_bytes(one: list[bytes], other: list[bytes]) -> None:
    assert (lv(*one) == lv(*other)) == (one == other)
