from __future__ import annotations

import json
import unicodedata
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peer.names import SENTENCES, UnsafeName, check_entries, fold
from peer.wire.frames import Entry
from tests.support.vectors import VECTORS

_document = json.loads((VECTORS / "names.json").read_text("utf-8"))


def _entries(vector: dict[str, Any]) -> list[Entry]:
    return msgspec.convert(vector["entries"], list[Entry])


def _name(vector: dict[str, Any]) -> str:
    return str(vector["name"])


@pytest.mark.parametrize("vector", _document["hostile"], ids=_name)
def test_refuses_a_manifest_that(vector: dict[str, Any]) -> None:
    with pytest.raises(UnsafeName) as refused:
        check_entries(_entries(vector))
    assert refused.value.rule == vector["rule"]
    assert SENTENCES[vector["rule"]] in str(refused.value)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("vector", _document["valid"], ids=_name)
def test_takes_a_manifest_with(vector: dict[str, Any]) -> None:
    check_entries(_entries(vector))


def test_the_vectors_reach_every_rule() -> None:
    assert {vector["rule"] for vector in _document["hostile"]} == set(SENTENCES)
    assert len(_document["hostile"]) >= 40


def test_a_name_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(UnsafeName) as refused:
        check_entries([Entry("caf\udce9")])
    assert refused.value.rule == "unicode"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8))
def test_folding_joins_the_two_cases_of_any_name(name: str) -> None:
    assert fold(fold(name)) == fold(name)
    assert fold(unicodedata.normalize("NFD", name)) == fold(name)
