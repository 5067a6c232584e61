"""The lock of a room against the vectors, which the page's twin runs too."""

from __future__ import annotations

from typing import Any

import pytest

from peer.core.door import Door
from peer.pairing import again_mac
from peer.wire.control import RoomState, Verdict
from tests.support.vectors import read_vectors

VECTORS = read_vectors("door")
ME = "me"


def play(door: Door, call: str, args: list[Any]) -> Any:
    match call:
        case "linked":
            instance, able, claims, elder = args
            return door.linked(instance, able=able, claims=claims, elder=elder)
        case "room":
            sender, host, claimed, locked = args
            return door.heard(sender, RoomState(host=host, claimed=claimed, locked=locked))
        case "verdict":
            sender, instance, verdict = args
            return door.heard(sender, Verdict(instance=instance, verdict=verdict))
        case "decide":
            instance, verdict = args
            return door.decide(Verdict(instance=instance, verdict=verdict))
        case _:
            return getattr(door, call)(*args)


@pytest.mark.parametrize("scenario", VECTORS["scenarios"], ids=lambda each: each["name"])
def test_vectors(scenario: dict[str, Any]) -> None:
    door = Door(ME, made=scenario["made"], able=scenario["able"])
    for number, (call, *args, then) in enumerate(scenario["steps"]):
        gives = play(door, call, args)
        seen = {
            "gives": gives if isinstance(gives, str) else [list(move) for move in gives or []],
            "host": door.host,
            "mine": door.mine,
            "locked": door.locked,
            "knocks": [list(knock) for knock in door.knocks],
        }
        assert {name: seen[name] for name in then} == then, f"step {number}: {call} {args}"


def test_who_was_linked_before_proves_it() -> None:
    again = VECTORS["again"]
    assert again_mac(bytes.fromhex(again["before"]), bytes.fromhex(again["now"])) == again["mac"]
