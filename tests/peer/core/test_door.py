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


def play(door: Door, call: str, args: list[Any], now: float) -> Any:
    match call:
        case "linked":
            instance, able, claims, elder = args
            return door.linked(instance, able=able, claims=claims, elder=elder)
        case "room":
            sender, host, claimed, locked, *left = args
            expires_in = left[0] if left else None
            return door.heard(sender, RoomState(host=host, claimed=claimed, locked=locked, expires_in=expires_in), now)
        case "verdict":
            sender, instance, verdict = args
            return door.heard(sender, Verdict(instance=instance, verdict=verdict), now)
        case "decide":
            instance, verdict = args
            return door.decide(Verdict(instance=instance, verdict=verdict))
        case "came" | "knocked" | "keep_open" | "tick":
            return getattr(door, call)(*args, now)
        case _:
            return getattr(door, call)(*args)


def told(state: RoomState | None) -> list[Any] | None:
    return None if state is None else [state.host, state.claimed, state.locked, state.expires_in]


@pytest.mark.parametrize("scenario", VECTORS["scenarios"], ids=lambda each: each["name"])
def test_vectors(scenario: dict[str, Any]) -> None:
    door = Door(ME, made=scenario["made"], able=scenario["able"])
    now = 0.0
    for number, (call, *args, then) in enumerate(scenario["steps"]):
        if call == "at":
            now = args[0]
        gives = None if call == "at" else play(door, call, args, now)
        seen = {
            "gives": gives if isinstance(gives, str | bool) else [list(move) for move in gives or []],
            "host": door.host,
            "mine": door.mine,
            "locked": door.locked,
            "deadline": door.deadline,
            "knocks": [list(knock) for knock in door.knocks],
        }
        if "told" in then:
            seen["told"] = told(door.state(now))
        assert {name: seen[name] for name in then} == then, f"step {number}: {call} {args}"


def test_who_was_linked_before_proves_it() -> None:
    again = VECTORS["again"]
    assert again_mac(bytes.fromhex(again["before"]), bytes.fromhex(again["now"])) == again["mac"]
