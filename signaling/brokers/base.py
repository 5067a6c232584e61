"""What the hub asks of whatever keeps rooms' logs. Every body passes the one contract test.

`append` and its kind hand over and return at once, in order, like a stream's `write`; `drain` is where one waits when
too much is under way. A lost backplane shows in one place: every `follow` ends with `BrokerDown`.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Sequence
from typing import Protocol

from signaling.core.facts import Fact, LoggedFact, Relayed
from signaling.protocol.messages import PeerId, RoomId


class BrokerDown(Exception):
    """The backplane cannot be reached."""


class Following(AsyncIterable[Fact], Protocol):
    """The facts of one room: those that make up its present state, then every new one. Counts from its creation."""

    async def aclose(self) -> None:
        """Ends it; a second time does nothing."""


class Broker(Protocol):
    """Logs of rooms, and leases of names."""

    def append(self, room: RoomId, fact: LoggedFact) -> None:
        """Puts a fact at the end of the room's log; all followers get it, in one order."""

    def relay(self, room: RoomId, note: Relayed) -> None:
        """Passes a note to those who follow now, in order with the facts; it is not kept."""

    def follow(self, room: RoomId) -> Following:
        """Reads the room's log.

        Raises, while iterating:
            BrokerDown: facts may have been missed.
        """

    async def drain(self, room: RoomId) -> None:
        """Waits while the room's followers, or the way to them, are behind."""

    async def claim(self, names: Sequence[str], holder: PeerId, seconds: float) -> str | None:
        """Leases the first of the names that nobody holds; None if all are held.

        Raises:
            BrokerDown: nothing is leased.
        """

    def hold(self, name: str, holder: PeerId, seconds: float) -> None:
        """Leases the name for so long from now, whoever has it."""

    def release(self, name: str, holder: PeerId) -> None:
        """Ends the lease, if it is this holder's."""

    async def reachable(self) -> bool:
        """Whether facts can be appended and read now."""

    async def aclose(self) -> None:
        """Lets go of everything."""
