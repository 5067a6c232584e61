"""Somebody who holds the link of a room and speaks the protocol as they like: past the door, for instance."""

from __future__ import annotations

from peer.invite import Invite
from peer.meeting import Meeting, Opened, Outcome, Say
from peer.wire.notes import InnerNote
from signaling.protocol.messages import Relay, Relayed
from tests.support.signaling import Client


class Stranger:
    """Holds the link, and speaks the protocol as it likes."""

    def __init__(self, client: Client, invite: Invite, me: str = "") -> None:
        self.client = client
        self.me = me or client.peer
        self.invite = invite
        self.meeting: Meeting | None = None

    async def meet(self, other: str, newcomer: bool) -> None:
        """Begins to pair, or waits for the other to."""
        self.meeting = Meeting(self.invite, self.me, other, newcomer)
        await self._say(self.meeting.start())

    async def _say(self, outcomes: list[Outcome]) -> list[InnerNote]:
        assert self.meeting is not None
        for outcome in outcomes:
            if isinstance(outcome, Say):
                await self.client.say(Relay(to=self.meeting.other, body=outcome.body))
        return [outcome.note for outcome in outcomes if isinstance(outcome, Opened)]

    async def paired(self) -> None:
        """Hears until the pairing has come about."""
        assert self.meeting is not None
        while self.meeting.keys is None:
            await self._say(self.meeting.hear((await self.client.hear(Relayed)).body))

    async def note(self, note: InnerNote) -> None:
        """Says something sealed."""
        assert self.meeting is not None
        await self.client.say(Relay(to=self.meeting.other, body=self.meeting.seal(note)))

    async def hear(self) -> InnerNote:
        """The next thing that the other says sealed."""
        assert self.meeting is not None
        [note] = await self._say(self.meeting.hear((await self.client.hear(Relayed)).body))
        return note
