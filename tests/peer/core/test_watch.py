from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from peer.core.watch import LOOK_S, SENTENCES, Cause, Facts, Watch
from tests.support.scenarios import scenarios, written
from tests.support.vectors import VECTORS


def told(effect: dict[str, Any]) -> dict[str, Any]:
    """The vectors name the cause, since each language has its own words for it."""
    if effect["type"] != "still":
        return effect
    return {"type": "tell", "sentence": f"Nothing has moved for 10 s: {SENTENCES[Cause[effect['cause'].upper()]]}."}


@pytest.mark.parametrize("scenario", scenarios("watch"))
def test_watch(scenario: dict[str, Any]) -> None:
    watch, facts = Watch(0.0), Facts(gives=scenario["gives"])
    for at, changes, expected in scenario["steps"]:
        facts = replace(facts, **changes)
        assert [written(effect) for effect in watch.look(facts, at)] == [*map(told, expected)], f"at {at}"
        assert watch.deadline == at + LOOK_S


def test_every_reason_has_a_scenario() -> None:
    vectors = (VECTORS / "watch.json").read_text("utf-8")
    assert SENTENCES.keys() == set(Cause)
    assert all(f'"cause": "{cause.name.lower()}"' in vectors for cause in Cause)
