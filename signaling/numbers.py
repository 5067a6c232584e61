"""Room numbers of spoken codes: handed out at random from the shortest free range, held, given back or burnt.

A number has two leases. `n7` says that it was handed out lately, so that nobody else is given it by chance;
`n7/held` says that it stands for a room now, or stood for one that was burnt, so that nobody can ask for it by name.
A room whose creator has gone keeps the first and loses the second: the creator, started anew, asks for it by name.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from signaling.brokers.base import Broker
from signaling.protocol.messages import PeerId, RoomId

LEASE_S = 60.0
"""How long a number stays held after the last sign of its holder."""
RENEW_S = LEASE_S / 3
DIGITS = 9
TRIES = 100
"""Numbers tried of a range that is too long to try all."""


class Numbers:
    """Which number stands for which room, in leases of the broker."""

    def __init__(self, broker: Broker, reuse_s: float) -> None:
        self._broker = broker
        self._reuse_s = reuse_s
        self._random = random.SystemRandom()

    async def reserve(self, holder: PeerId) -> RoomId | None:
        """A free number, None if none was found.

        Raises:
            BrokerDown: see Broker.claim.
        """
        for names in self._ranges():
            name = await self._broker.claim(names, holder, self._reuse_s)
            if name and await self._broker.claim([f"{name}/held"], holder, LEASE_S):
                return name
        return None

    async def reserve_again(self, room: RoomId, holder: PeerId) -> RoomId | None:
        """This very number, None if it is held or burnt.

        Raises:
            BrokerDown: see Broker.claim.
        """
        if not await self._broker.claim([f"{room}/held"], holder, LEASE_S):
            return None
        self._broker.hold(room, holder, self._reuse_s)
        return room

    def renew(self, room: RoomId, holder: PeerId, *, orphaned: bool) -> None:
        """Says that the number still stands for a room, and is held unless its creator has gone. Every RENEW_S."""
        self._broker.hold(room, holder, self._reuse_s)
        if not orphaned:
            self._broker.hold(f"{room}/held", holder, LEASE_S)

    def orphan(self, room: RoomId, holder: PeerId) -> None:
        """The holder has gone from a room in which others are: the number can be asked for by name."""
        self._broker.hold(room, holder, self._reuse_s)
        self._broker.release(f"{room}/held", holder)

    def give_back(self, room: RoomId, holder: PeerId) -> None:
        """No room was ever opened under the number; it is free."""
        self._broker.release(f"{room}/held", holder)
        self._broker.release(room, holder)

    def end(self, room: RoomId, holder: PeerId, *, burnt: bool) -> None:
        """The room is over. For a while nobody is handed the number by chance, and if burnt, not by name either."""
        if burnt:
            self._broker.hold(room, holder, self._reuse_s)
            self._broker.hold(f"{room}/held", holder, self._reuse_s)
        else:
            self.orphan(room, holder)

    def _ranges(self) -> Iterator[list[RoomId]]:
        for digits in range(1, DIGITS + 1):
            numbers = range(10 ** (digits - 1), 10**digits)
            yield [f"n{number}" for number in self._random.sample(numbers, min(len(numbers), TRIES))]
