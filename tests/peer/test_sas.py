"""The safety emoji."""

from __future__ import annotations

from typing import Any

import pytest

from peer.sas import EMOJI, emoji_of
from tests.support.vectors import read_vectors

VECTORS = read_vectors("sas")


def test_the_table_is_the_one_of_the_vectors() -> None:
    assert [list(each) for each in EMOJI] == VECTORS["table"]
    assert len(set(EMOJI)) == 64


@pytest.mark.parametrize("case", VECTORS["drawn"], ids=lambda case: case["bits"])
def test_six_bits_each(case: dict[str, Any]) -> None:
    assert [each.name for each in emoji_of(bytes.fromhex(case["bits"]))] == case["names"]
