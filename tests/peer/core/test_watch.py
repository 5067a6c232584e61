from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from peer.core.watch import LOOK_S, SENTENCES, Cause, Facts, Watch
from tests.support.scenarios import scenarios, written
from tests.support.vectors import VECTORS


@pytest.mark.parametrize("scenario", scenarios("watch"))
def test_watch(scenario: dict[str, Any]) -> None:
    watch, facts = Watch(0.0), Facts(gives=scenario["gives"])
    for at, changes, expected in scenario["steps"]:
        facts = replace(facts, **changes)
        assert [written(effect) for effect in watch.look(facts, at)] == expected, f"at {at}"
        assert watch.deadline == at + LOOK_S


def test_every_reason_has_a_scenario() -> None:
    told = (VECTORS / "watch.json").read_text("utf-8")
    assert SENTENCES.keys() == set(Cause)
    assert all(json.dumps(sentence)[1:-1] in told for sentence in SENTENCES.values())
