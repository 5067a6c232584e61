from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.core import facts
from signaling.core.facts import Fact, LoggedFact
from signaling.core.room import Effect, Orphan, Room, Seat, Tell, Unseat, Vacate
from tests.support.vectors import VECTORS

SCENARIOS = json.loads((VECTORS / "room.json").read_text("utf-8"))["scenarios"]
PEERS = [letter * 11 for letter in "ABCD"]
LINK_ROOM = "r" * 22


def spelt_out(part: Any) -> Any:
    """Peers of a vector in their full length."""
    match part:
        case "A" | "B" | "C" | "D":
            return part * 11
        case list():
            return [spelt_out(each) for each in part]
        case dict():
            return {key: spelt_out(value) for key, value in part.items()}
        case _:
            return part


def as_vector(effect: Effect) -> dict[str, Any]:
    match effect:
        case Tell(to, notice):
            said = {key: value for key, value in msgspec.to_builtins(notice).items() if value is not None}
            del said["seq"]
            return {"tell": list(to), "notice": said}
        case Seat(peer, members, limit, creator):
            return {"seat": peer, "members": msgspec.to_builtins(list(members)), "limit": limit, "creator": creator}
        case Unseat(peer, why):
            return {"unseat": peer, "why": why} if why else {"unseat": peer}
        case Orphan(creator):
            return {"orphan": creator}
        case Vacate(creator, burnt):
            return {"vacate": creator, "burnt": burnt}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: str(scenario["name"]))
def test_scenario(scenario: dict[str, Any]) -> None:
    room = Room(scenario["room"])
    for said, expected in spelt_out(scenario["steps"]):
        fact: Fact = msgspec.convert(said, Fact)
        effects = [as_vector(effect) for effect in room.apply(fact)]
        assert effects == expected, fact


peers = st.sampled_from(PEERS)
logged = st.one_of(
    st.builds(facts.Arrived, peers, st.integers(2, 3), st.booleans()),
    st.builds(facts.Absent, peers),
    st.builds(facts.Returned, peers),
    st.builds(facts.Departed, peers),
    st.builds(facts.Closed, peers),
)


@given(st.sampled_from([LINK_ROOM, "n7"]), st.lists(logged, max_size=30))
def test_a_late_follower_agrees_with_an_early_one(name: str, log: list[LoggedFact]) -> None:
    early, late = Room(name), Room(name)
    for fact in log:
        early.apply(fact)
    for fact in early.history():
        late.apply(fact)
    assert (late.absent, late.creator) == (early.absent, early.creator)
    assert list(late.absent) == list(early.absent)
    assert late.limit == early.limit or early.creator is None
    assert len(early.absent) <= early.limit
