"""Who may come into a room, as one of those inside keeps it. Twin: web/static/js/core/door.js.

          locked: `here` of a stranger is answered by `door`
(outside) ─────────────► knocking ──── admit ────► let in, once
                             │ hold: asked to wait
                             └──────── refuse ───► sent away

Everybody inside keeps the lock, for the server cannot be trusted with it: it may seat whom it likes, but nobody here
answers them. One of those inside, the host, decides for all. It is whoever made the room; else who was here first; and
when the host is gone, who of those left has the least instance. Newcomers believe those who let them in.

The host may let the invite expire: everybody counts down by a clock of their own, and the room locks itself without it.

A person that was linked with before proves it (`Knock.again`) and is let in; that is checked outside of here. Pure:
time is an argument, in seconds.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

from peer.wire.control import MAX_EXPIRY_S, RoomState, Verdict

MAX_KNOCKS = 16
"""Who knocks beyond that is sent away."""
GRACE_S = 5.0
"""How long whoever does not decide waits for the word of who does when time is over: clocks run apart, and nobody is
to be let in by the one and kept out by the other."""

Answer = Literal["in", "locked", "held", "refused"]


class Move(NamedTuple):
    """What is to be done: let `instance` in, send it away from the door, or end the link to it; `ours` when it is
    this side that has to go."""

    what: Literal["in", "out", "drop", "ours"]
    instance: str


class Knocking(NamedTuple):
    """Somebody outside, with the name that it gives itself."""

    instance: str
    name: str
    held: bool


class Door:
    """The lock of one room.

    Args:
        me: our own instance.
        made: we made the room, and so claim to be its host.
        able: a person is here who can decide.
    """

    def __init__(self, me: str, made: bool = False, able: bool = True) -> None:
        self.me = me
        self._able = able
        self.host = me if made else ""
        """The instance of who decides; "" while nobody is known to."""
        self.claimed = made
        """Whether the host made the room; then no other claim counts."""
        self.locked = False
        self.expires: float | None = None
        """When the invite lets in nobody any more by itself; None when it is not to expire."""
        self.outside = False
        """Whether we stand outside ourselves."""
        self._inside = False
        self._linked = set[str]()
        self._present = set[str]()
        self._admitted = set[str]()
        self._barred = set[str]()
        self._waiting = dict[str, Knocking]()

    @property
    def knocks(self) -> list[Knocking]:
        """Who is outside, the longest waiting first."""
        return list(self._waiting.values())

    @property
    def mine(self) -> bool:
        """Whether we decide, or could."""
        return self._able and not self.outside and self.host in ("", self.me)

    @property
    def deadline(self) -> float | None:
        """When to `tick`; None for not at all."""
        if self.expires is None:
            return None
        return self.expires if self.mine else self.expires + GRACE_S

    def tick(self, now: float) -> bool:
        """Locks the room when its time is over. Whether it is locked: at each look, for no timer rings on a computer
        that sleeps."""
        if self.deadline is not None and now >= self.deadline:
            self._turn(True)
        return self.locked

    def state(self, now: float) -> RoomState | None:
        """What newcomers are told; None while there is nothing to tell."""
        if not self.host:
            return None
        locked = self.tick(now)
        left = None if self.expires is None else min(max(1, math.ceil(self.expires - now)), MAX_EXPIRY_S)
        return RoomState(host=self.host, claimed=self.claimed, locked=locked, expires_in=left)

    def came(self, instance: str, now: float) -> Answer:
        """Somebody who knows the secret wants to come in."""
        if instance in self._barred:
            return "refused"
        if not (self.tick(now) or self.outside) or instance in self._admitted:
            self._admitted.discard(instance)
            self._waiting.pop(instance, None)
            return "in"
        knocking = self._waiting.get(instance)
        return "held" if knocking is not None and knocking.held else "locked"

    def knocked(self, instance: str, name: str, now: float) -> Answer:
        """It asks to. Whoever is let in meanwhile is in."""
        answer = self.came(instance, now)
        if answer != "locked" or instance in self._waiting:
            return answer
        if len(self._waiting) == MAX_KNOCKS:
            return "refused"
        self._waiting[instance] = Knocking(instance, name, held=False)
        return answer

    def turned_away(self) -> None:
        """We stand outside ourselves: whoever else does is not met behind the back of those inside."""
        self.outside = not self._inside

    def left(self, instance: str) -> None:
        """Whoever waited outside has gone."""
        self._waiting.pop(instance, None)

    def linked(self, instance: str, *, able: bool, claims: bool, elder: bool) -> None:
        """A proven link runs. `elder`: we were here before them; `claims`: they say that they made the room."""
        self.outside, self._inside = False, True
        self._linked.add(instance)
        if able:
            self._present.add(instance)
        if able and claims and not self.claimed:
            self.host, self.claimed = instance, True
        elif not self.host and elder and self._able:
            self.host = self.me

    def gone(self, instance: str) -> None:
        """Somebody inside is gone for good. The least of those left follows the host."""
        self._linked.discard(instance)
        self._present.discard(instance)
        if instance == self.host:
            left = {*self._present, self.me} if self._able else self._present
            self.host = min(left, default="")

    def heard(self, sender: str, message: RoomState | Verdict, now: float) -> list[Move]:
        """Over the proven link to `sender`."""
        if isinstance(message, Verdict):
            return self._judge(message) if sender == self.host else []
        if self.host and sender != self.host and (self.claimed or not message.claimed):
            return []
        self.host, self.claimed = message.host, self.claimed or message.claimed
        return self._turn(message.locked, message.expires_in, now)

    def lock(self, on: bool) -> list[Move]:
        """We, the host, lock the room, or open it to all who wait. Where nobody decides yet, we do from now on."""
        self.host = self.host or self.me
        return self._turn(on)

    def keep_open(self, seconds: int | None, now: float) -> list[Move]:
        """We, the host, keep the room open for so long, or for as long as there is one."""
        self.host = self.host or self.me
        return self._turn(False, seconds, now)

    def hold(self, instance: str) -> None:
        """We, the host, ask somebody to wait."""
        if knocking := self._waiting.get(instance):
            self._waiting[instance] = knocking._replace(held=True)

    def decide(self, verdict: Verdict) -> list[Move]:
        """We, the host, have decided. Whoever is removed still has the link: so the room is locked."""
        if verdict.verdict == "remove":
            self._turn(True)
        return self._judge(verdict)

    def _turn(self, locked: bool, expires_in: int | None = None, now: float = 0) -> list[Move]:
        self.locked = locked
        self.expires = None if locked or expires_in is None else now + expires_in
        if locked:
            return []
        moves = [Move("in", instance) for instance in self._waiting]
        self._waiting.clear()
        return moves

    def _judge(self, verdict: Verdict) -> list[Move]:
        instance = verdict.instance
        waited = self._waiting.pop(instance, None) is not None
        match verdict.verdict:
            case "admit":
                if waited:
                    return [Move("in", instance)]
                if instance not in self._linked:
                    self._admitted.add(instance)
                return []
            case "refuse":
                self._barred.add(instance)
                return [Move("out", instance)] if waited else []
            case "remove":
                if instance == self.me:
                    return [Move("ours", instance)]
                self._barred.add(instance)
                return [Move("drop", instance)]
