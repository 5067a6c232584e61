"""Looks after a running transfer: tells why it stands still, and does what `peer.core.watch` says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, assert_never

from msgspec.structs import replace

from peer.client import Remote, Room
from peer.core.watch import EXCUSES, Facts, ReopenLane, ReplaceLink, Tell, Watch, cause_of


class Watched(Protocol):
    """A transfer at either end."""

    def facts(self) -> Facts:
        """What this end sees, but for the link and the server."""

    def reopen(self) -> None:
        """Closes the lane, so that the next one is opened."""


async def watch(
    transfer: Watched, remote: Remote, room: Room, tell: Callable[[str], None], excuse: Callable[[], None]
) -> None:
    """Until it is cancelled.

    Args:
        transfer: what to look after.
        remote: the other end.
        room: where both are.
        tell: takes sentences for the person at this end.
        excuse: called while there is a reason to stand still that is not the other end's absence.
    """
    loop = asyncio.get_running_loop()
    machine = Watch(loop.time())
    while True:
        await asyncio.sleep(machine.deadline - loop.time())
        facts = replace(transfer.facts(), linked=remote.linked, served=room.served)
        if cause_of(facts) in EXCUSES:
            excuse()
        for effect in machine.look(facts, loop.time()):
            match effect:
                case Tell(sentence):
                    tell(sentence)
                case ReopenLane():
                    transfer.reopen()
                case ReplaceLink():
                    await remote.replace_link()
                case _:
                    assert_never(effect)
