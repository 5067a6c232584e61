"""All meetings of one room, and how often a stranger may guess its code.

A link's secret cannot be guessed; the few words of a code can, if there are enough tries. So in the room of a code
a newcomer speaks to one member at a time, for whoever answers, or is invented by the server, may test one guess on
its proof; and once a proof was wrong, at either end, all who have not proven themselves are forgotten at once and
nobody is met any more. And whoever does know the secret may break off only so many runs (`core.allowance`).
Twin: web/static/js/io/roster.js.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from peer.core.allowance import Allowance
from peer.meeting import MAX_RUNS, Meeting
from signaling.protocol.messages import PeerId


class Meetings:
    """By the other's peer id, in the order in which the server named them.

    Attributes:
        spent: the code has had its guess.
    """

    def __init__(self) -> None:
        self.spent = False
        self._all: dict[PeerId, Meeting] = {}
        self._unanswered = 0
        self._allowance = Allowance()

    @property
    def paired(self) -> bool:
        """Whether anybody here has proven that it knows the secret."""
        return any(meeting.keys is not None for meeting in self._all.values())

    @property
    def pending(self) -> bool:
        """Whether there is somebody of whom that is not known yet."""
        return any(meeting.keys is None for meeting in self._all.values())

    def __iter__(self) -> Iterator[Meeting]:
        return iter(list(self._all.values()))

    def get(self, other: PeerId) -> Meeting | None:
        """The meeting with this session, if there is one."""
        return self._all.get(other)

    def add(self, meeting: Meeting) -> None:
        """Somebody came; with a spent code it is nobody."""
        if not self.spent:
            self._all[meeting.other] = meeting

    def forget(self, other: PeerId) -> None:
        """The session is over. Who went away with our proof of a code and without an answer may have tested a guess."""
        meeting = self._all.pop(other, None)
        if meeting is not None and meeting.guessable and meeting.exposed:
            self._unanswered += 1
            if self._unanswered == MAX_RUNS:
                self.spend()

    def may_begin(self) -> bool:
        """Whether a run of pairing may begin: asked by each meeting before each of its runs."""
        return self._allowance.begin(time.monotonic())

    def proven(self) -> None:
        """Somebody was met whose link is shown."""
        self._allowance.proven()

    def spend(self) -> None:
        """A proof of a code was wrong."""
        self.spent = True
        self._all = {other: meeting for other, meeting in self._all.items() if meeting.keys is not None}

    def due(self) -> Meeting | None:
        """The next one that we must begin, as newcomer."""
        for meeting in self._all.values():
            if meeting.newcomer and meeting.keys is None:
                if not meeting.begun:
                    return meeting
                if meeting.guessable:
                    return None
        return None
