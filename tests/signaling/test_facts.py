from __future__ import annotations

import msgspec
import pytest

from signaling.core.facts import Absent, Arrived, Closed, Departed, Fact, Relayed, Returned, is_code

ME, OTHER, LINK_ROOM = "A" * 11, "B" * 11, "r" * 22


@pytest.mark.parametrize(
    "fact",
    [
        Arrived(ME, 2, True),
        Absent(ME, "silent"),
        Returned(ME),
        Departed(ME, "left"),
        Closed(ME, "over"),
        Relayed(ME, None, "to all"),
        Relayed(ME, (OTHER,), "to one"),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_a_fact_can_be_kept_outside_of_this_process(fact: Fact) -> None:
    read: Fact = msgspec.json.decode(msgspec.json.encode(fact), type=Fact)
    assert read == fact


@pytest.mark.parametrize(
    ("room", "code"), [("n1", True), ("n999999999", True), (LINK_ROOM, False), ("n" + "1" * 21, False)]
)
def test_a_code_room_is_told_from_a_link_room_by_its_length(room: str, code: bool) -> None:
    assert is_code(room) is code
