"""The scenarios that the JavaScript twin runs too, and two machines joined by hand-carried notes."""

from __future__ import annotations

import json
import re
from collections import deque
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peer.core.link_moves import (
    AnswerMade,
    Changed,
    Close,
    Connect,
    Effect,
    Event,
    Failed,
    GaveUp,
    Heard,
    MakeOffer,
    MakeRestart,
    Met,
    OfferMade,
    Prove,
    Proven,
    Say,
    TakeAnswer,
    TakeOffer,
    TakeRestart,
    Woken,
)
from peer.core.negotiation import Negotiation, Phase
from peer.wire.notes import Candidate, Here, InnerNote
from tests.support.vectors import VECTORS

_document = json.loads((VECTORS / "negotiation.json").read_text("utf-8"))


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


EVENTS: dict[str, type[Any]] = {_snake(kind.__name__): kind for kind in get_args(Event)}


def _event(spelled: dict[str, Any]) -> Event:
    fields = dict(spelled)
    kind = EVENTS[fields.pop("type")]
    if "note" in fields:
        fields["note"] = msgspec.convert(fields["note"], InnerNote)
    if fields.get("candidate"):
        fields["candidate"] = msgspec.convert(fields["candidate"], Candidate)
    made: Event = kind(**fields)
    return made


def _spelled(effect: Effect) -> dict[str, Any]:
    return {"type": _snake(type(effect).__name__)} | {
        name: msgspec.to_builtins(value) for name, value in msgspec.structs.asdict(effect).items()
    }


@pytest.mark.parametrize("scenario", _document["scenarios"], ids=lambda scenario: scenario["name"])
def test_scenario(scenario: dict[str, Any]) -> None:
    machine = Negotiation(_document["instance"])
    for step in scenario["steps"]:
        effects = machine.step(_event(step["event"]), step["at"])
        assert [_spelled(effect) for effect in effects] == step["effects"], step
        assert machine.phase == step["phase"], step
        assert machine.deadline == pytest.approx(step["deadline"]), step


class _Pair:
    """Two machines whose engines do as they are told, and whose notes arrive in order."""

    def __init__(self, *, restarts: bool = False) -> None:
        self.restarts = restarts
        self.mended = False
        """Whether a restart was answered, so that packets may come again."""
        self.now = 0.0
        self.ends = (Negotiation("N" * 22), Negotiation("M" * 22))
        self.notes: tuple[deque[Any], deque[Any]] = (deque(), deque())
        self.connected: dict[int, int] = {}
        self.gave_up = 0

    def meet(self) -> None:
        live = self.ends[0].live
        self.feed(1, Met("member", self.ends[0].epoch, live))
        while self.notes[0]:
            note = self.notes[0].popleft()
            self.feed(0, Met("newcomer", note.epoch, note.live) if isinstance(note, Here) else Heard(note))

    def feed(self, who: int, event: Event) -> None:
        for effect in self.ends[who].step(event, self.now):
            match effect:
                case Say(note):
                    self.notes[1 - who].append(note)
                case Connect() | Close():
                    self.connected.pop(who, None)
                case MakeOffer(epoch):
                    self.feed(who, OfferMade(epoch, "offer"))
                case TakeOffer(epoch, _):
                    self.feed(who, AnswerMade(epoch, "answer"))
                case MakeRestart(epoch):
                    self.feed(who, OfferMade(epoch, "restart"))
                case TakeRestart(epoch, _):
                    self.feed(who, AnswerMade(epoch, "answer"))
                case TakeAnswer():
                    self.mended = self.ends[who].phase in (Phase.LINKED, Phase.SHAKEN)
                case Prove(epoch):
                    self.connected[who] = epoch
                case GaveUp():
                    self.gave_up += 1
                case _:
                    pass

    def settle(self) -> None:
        """Carries every note and connects what can be connected."""
        moved = True
        while moved:
            moved = False
            for who in (0, 1):
                if self.notes[who]:
                    self.feed(who, Heard(self.notes[who].popleft()))
                    moved = True
            if all(end.phase is Phase.LINKING for end in self.ends) and self.ends[0].epoch == self.ends[1].epoch:
                for who in (0, 1):
                    self.feed(who, Changed(self.ends[who].epoch, "connected"))
                for who in (0, 1):
                    self.feed(who, Proven(self.ends[who].epoch, self.restarts))
                moved = True
            elif self.mended and not moved:
                self.mended = False
                for who in (0, 1):
                    self.feed(who, Changed(self.ends[who].epoch, "connected"))


@given(
    failures=st.lists(st.tuples(st.sampled_from([0, 1]), st.sampled_from(["failed", "refused", "both"])), max_size=12),
    restarts=st.booleans(),
)
def test_two_ends_always_meet_again_in_the_same_epoch(failures: list[tuple[int, str]], restarts: bool) -> None:
    pair = _Pair(restarts=restarts)
    pair.meet()
    pair.settle()
    for who, how in failures:
        pair.now += 1
        for end in (0, 1) if how == "both" else (who,):
            epoch = pair.ends[end].epoch
            pair.feed(end, Failed(epoch, "refused") if how == "refused" else Changed(epoch, "failed"))
        pair.settle()
        assert all(end.live for end in pair.ends)
        assert pair.ends[0].epoch == pair.ends[1].epoch
    assert pair.gave_up == 0
    if restarts:
        assert pair.ends[0].epoch == 1 + sum(how == "refused" for _, how in failures), (
            "no restart replaces a connection"
        )


def test_both_ends_learn_that_no_link_can_be_made() -> None:
    pair = _Pair()
    pair.meet()
    while not all(end.phase is Phase.ENDED for end in pair.ends):
        for who in (0, 1):
            while pair.notes[who]:
                pair.feed(who, Heard(pair.notes[who].popleft()))
        pair.now = min(end.deadline for end in pair.ends if end.deadline is not None)
        for who in (0, 1):
            pair.feed(who, Woken())
        assert pair.now < 600
    assert pair.gave_up >= 1
