"""Folds a room's facts into who sits in it, and says who must be told what.

Every node that follows the room holds one of these and, as all read the same facts in the same order, all agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from signaling.core import facts
from signaling.core.facts import Fact, LoggedFact, is_code
from signaling.protocol import messages
from signaling.protocol.errors import RefusalCode
from signaling.protocol.messages import DEFAULT_SEATS, Member, Notice, PeerId, RoomId


@dataclass(frozen=True)
class Tell:
    """Say this to these peers."""

    to: tuple[PeerId, ...]
    notice: Notice


@dataclass(frozen=True)
class Seat:
    """The peer is in."""

    peer: PeerId
    members: tuple[Member, ...]
    limit: int
    creator: bool


@dataclass(frozen=True)
class Unseat:
    """The peer has no seat (any more); `why` if it never got one."""

    peer: PeerId
    why: RefusalCode | None = None


@dataclass(frozen=True)
class Vacate:
    """Nobody is left; `burnt` if the creator closed the room."""

    creator: PeerId
    burnt: bool


@dataclass(frozen=True)
class Orphan:
    """The creator of a code room has gone and others are still there: who reserves the number again takes its place."""

    creator: PeerId


Effect = Tell | Seat | Unseat | Vacate | Orphan

REPLACED = "replaced"
"""Why somebody departed whose socket was lost and whose seat was needed."""


class Room:
    """One room: its members, whether each is absent, who opened it and how many seats it has."""

    def __init__(self, room: RoomId) -> None:
        self.room = room
        self.limit = DEFAULT_SEATS
        self.creator: PeerId | None = None
        """Who opened the room, kept after it departed; None while the room is empty."""
        self.absent: dict[PeerId, bool] = {}
        """The members in order of arrival, the creator first, and whether each is absent."""

    @property
    def orphaned(self) -> bool:
        """Whether a code room waits for its creator, for whom a seat is kept."""
        return is_code(self.room) and self.creator is not None and self.creator not in self.absent

    def apply(self, fact: Fact) -> list[Effect]:
        """Counts one fact. A fact about somebody who is not a member, or said twice, changes nothing."""
        match fact:
            case facts.Arrived(peer):
                return [] if peer in self.absent else self._seat(fact)
            case facts.Absent(peer, reason) if self.absent.get(peer) is False:
                self.absent[peer] = True
                return self._tell_others(peer, messages.Absent(peer=peer, reason=reason))
            case facts.Returned(peer) if self.absent.get(peer) is True:
                self.absent[peer] = False
                return self._tell_others(peer, messages.Returned(peer=peer))
            case facts.Departed(peer, reason) if peer in self.absent:
                orphan = [Orphan(peer)] if is_code(self.room) and peer == self.creator and len(self.absent) > 1 else []
                return [*self._unseat(peer, reason), *orphan, *self._vacate_if_empty()]
            case facts.Closed(by, reason) if by in self.absent and by == self.creator:
                everybody = tuple(self.absent)
                self.absent.clear()
                told_all = Tell(everybody, messages.RoomClosed(reason=reason))
                return [told_all, *map(Unseat, everybody), *self._vacate_if_empty(burnt=True)]
            case facts.Relayed(sender, to, body) if sender in self.absent:
                return self._relay(sender, to, body)
            case facts.Absent() | facts.Returned() | facts.Departed() | facts.Closed() | facts.Relayed():
                return []
            case _:
                assert_never(fact)

    def history(self) -> list[LoggedFact]:
        """The fewest facts that make an empty room equal to this one."""
        if self.creator is None:
            return []
        told: list[LoggedFact] = [facts.Arrived(self.creator, self.limit, opens=True)]
        told += [facts.Arrived(peer, self.limit, opens=False) for peer in self.absent if peer != self.creator]
        if self.creator not in self.absent:
            told.insert(2, facts.Departed(self.creator))  # after a second one has come: never empty, never too full
        return [*told, *(facts.Absent(peer) for peer, absent in self.absent.items() if absent)]

    def _seat(self, fact: facts.Arrived) -> list[Effect]:
        replaced: list[Effect] = []
        if self.creator is None:
            if not fact.opens:
                return [Unseat(fact.peer, RefusalCode.NO_ROOM)]
            self.creator, self.limit = fact.peer, fact.limit
        elif self.orphaned and fact.opens:
            self.creator = fact.peer
        elif len(self.absent) + self.orphaned >= self.limit:
            away = self._replaceable()
            if away is None:
                # numbers can be tried one by one, so a full code room looks like none
                return [Unseat(fact.peer, RefusalCode.NO_ROOM if is_code(self.room) else RefusalCode.ROOM_FULL)]
            replaced = self._unseat(away, REPLACED)
        members = tuple(Member(peer, absent) for peer, absent in self.absent.items())
        if fact.peer == self.creator:
            self.absent = {fact.peer: False, **self.absent}
        else:
            self.absent[fact.peer] = False
        return [
            *replaced,
            Seat(fact.peer, members, self.limit, fact.peer == self.creator),
            *self._tell_others(fact.peer, messages.Arrived(peer=fact.peer)),
        ]

    def _replaceable(self) -> PeerId | None:
        """Who loses its seat in a full room: somebody whose socket is lost, maybe the very one that comes anew.

        The creator of a code room does not: only who reserves its number takes its place.
        """
        kept = self.creator if is_code(self.room) else None
        return next((peer for peer, absent in self.absent.items() if absent and peer != kept), None)

    def _unseat(self, peer: PeerId, reason: str) -> list[Effect]:
        del self.absent[peer]
        return [*self._tell_others(peer, messages.Departed(peer=peer, reason=reason)), Unseat(peer)]

    def _relay(self, sender: PeerId, to: tuple[PeerId, ...] | None, body: str) -> list[Effect]:
        others = [peer for peer in self.absent if peer != sender]
        heard = tuple(others if to is None else (peer for peer in others if peer in to))
        effects: list[Effect] = [Tell(heard, messages.Relayed(sender=sender, body=body))] if heard else []
        if to is not None and len(heard) < len(set(to)):
            sentence = "There is no such peer in this room."
            effects.append(Tell((sender,), messages.Refused(code=RefusalCode.NO_PEER, message=sentence)))
        return effects

    def _tell_others(self, peer: PeerId, notice: Notice) -> list[Effect]:
        others = tuple(other for other in self.absent if other != peer)
        return [Tell(others, notice)] if others else []

    def _vacate_if_empty(self, *, burnt: bool = False) -> list[Effect]:
        if self.absent or self.creator is None:
            return []
        creator, self.creator = self.creator, None
        return [Vacate(creator, burnt)]
