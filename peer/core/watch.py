"""Why a transfer stands still, and what to do about it.

    MOVING ──10 s without a byte──► STILL   the reason is told, once
      ▲                               │     bytes lie on a link that claims to be up: the lane is opened anew, and 10 s
      └────────── bytes move ─────────┘     later, or when it soon happens again, the link is replaced (if there is a
                                            server, which the next one needs)

Time is an argument. A shell looks at the transfer whenever `deadline` has come, feeds what it sees, and performs:

    Tell          say this to the person at this end
    ReopenLane    close the lane; the sender opens the next one
    ReplaceLink   close the link; the line makes another
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Literal

from msgspec import Struct

LOOK_S = 0.5
STILL_S = 10.0


class Facts(Struct, frozen=True):
    """What one end sees of a transfer at one moment.

    Attributes:
        gives: this end is the sender.
        moved: changes whenever bytes of files do.
        linked: a proven link runs.
        served: the server answers.
        asking: nobody at the receiving end has said yes yet.
        paused_here, paused_there: a person at that end holds it.
        limited: bytes wait for a limit that somebody set.
        outstanding: bytes were given to the link and have not left this machine.
        reading: what the sender's reader waits for.
        writing: what the receiver's proven leaves wait for.
    """

    gives: bool
    moved: int = 0
    linked: bool = True
    served: bool = True
    asking: bool = False
    paused_here: bool = False
    paused_there: bool = False
    limited: bool = False
    outstanding: bool = False
    reading: Literal["", "disk", "stream"] = ""
    writing: Literal["", "disk", "pipe"] = ""


class Cause(Enum):
    """Why nothing moves."""

    SERVER_LOST = auto()
    LINK_LOST = auto()
    PAUSED_HERE = auto()
    PAUSED_THERE = auto()
    ASKING = auto()
    LIMITED = auto()
    WIRE = auto()
    SLOW_SOURCE = auto()
    QUIET_STREAM = auto()
    SLOW_DISK = auto()
    SLOW_READER = auto()
    RECEIVER_SLOW = auto()
    SENDER_SLOW = auto()


SENTENCES: dict[Cause, str] = {
    Cause.SERVER_LOST: "the link to the other side is lost, and the server does not answer either",
    Cause.LINK_LOST: "the link to the other side is lost; another one is being made",
    Cause.PAUSED_HERE: "it is paused here",
    Cause.PAUSED_THERE: "the other side has paused it",
    Cause.ASKING: "the other side has not said yes yet",
    Cause.LIMITED: "the limit is very low",
    Cause.WIRE: "the link takes nothing more; trying another way",
    Cause.SLOW_SOURCE: "this disk is slow to read",
    Cause.QUIET_STREAM: "nothing comes in on standard input",
    Cause.SLOW_DISK: "this disk is slow to write",
    Cause.SLOW_READER: "whoever reads standard output takes nothing",
    Cause.RECEIVER_SLOW: "the receiver's disk is slow",
    Cause.SENDER_SLOW: "nothing comes from the sender: its disk, or what it reads from, is slow",
}


EXCUSES = frozenset(
    {
        Cause.PAUSED_HERE,
        Cause.PAUSED_THERE,
        Cause.LIMITED,
        Cause.SLOW_SOURCE,
        Cause.QUIET_STREAM,
        Cause.SLOW_DISK,
        Cause.SLOW_READER,
    }
)
"""Causes that say nothing against the other end: it may well be there."""


class Tell(Struct, frozen=True):
    """A sentence for the person at this end."""

    sentence: str


class ReopenLane(Struct, frozen=True):
    """Close the lane."""


class ReplaceLink(Struct, frozen=True):
    """Close the link."""


Effect = Tell | ReopenLane | ReplaceLink


class Watch:
    """Over one transfer, from `now` on.

    Attributes:
        deadline: when to look again.
    """

    def __init__(self, now: float) -> None:
        self.deadline = now
        self._facts: Facts | None = None
        self._cause: Cause | None = None
        self._since = now
        """When bytes last moved, or the reason why they do not was another."""
        self._acted_at: float | None = None
        self._told = False

    def look(self, facts: Facts, now: float) -> list[Effect]:
        """What to do about what is seen."""
        self.deadline = now + LOOK_S
        former, self._facts = self._facts, facts
        cause = cause_of(facts)
        if former is None or facts.moved != former.moved or cause is not self._cause:
            self._since, self._told, self._cause = now, False, cause
        effects = _pauses(former, facts)
        if now - self._since >= STILL_S:
            effects += self._still(cause, now, served=facts.served)
        return effects

    def _still(self, cause: Cause, now: float, *, served: bool) -> list[Effect]:
        told: list[Effect] = []
        if not self._told:
            told.append(Tell(f"Nothing has moved for {STILL_S:.0f} s: {SENTENCES[cause]}."))
            self._told = True
        if cause is not Cause.WIRE:
            return told
        if self._acted_at is not None and now - self._acted_at < STILL_S:
            return told
        helped = self._acted_at is None or self._since - self._acted_at > STILL_S
        if not helped and not served:  # without a server there would be no other link
            return told
        self._acted_at = now
        return [*told, ReopenLane() if helped else ReplaceLink()]


def cause_of(facts: Facts) -> Cause:
    """Why nothing moves, if nothing does: the first that is true, from what nobody can help to what is left."""
    causes = (
        (not facts.linked and not facts.served, Cause.SERVER_LOST),
        (not facts.linked, Cause.LINK_LOST),
        (facts.paused_here, Cause.PAUSED_HERE),
        (facts.paused_there, Cause.PAUSED_THERE),
        (facts.asking, Cause.ASKING),
        (facts.outstanding, Cause.WIRE),
        (facts.limited, Cause.LIMITED),
        (facts.reading == "disk", Cause.SLOW_SOURCE),
        (facts.reading == "stream", Cause.QUIET_STREAM),
        (facts.writing == "disk", Cause.SLOW_DISK),
        (facts.writing == "pipe", Cause.SLOW_READER),
    )
    left = Cause.RECEIVER_SLOW if facts.gives else Cause.SENDER_SLOW
    return next((cause for holds, cause in causes if holds), left)


def _pauses(former: Facts | None, facts: Facts) -> list[Effect]:
    if facts.paused_there == (former is not None and former.paused_there):
        return []
    return [Tell("Paused by the other side." if facts.paused_there else "The other side lets it go on.")]
