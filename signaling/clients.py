"""The clients of this node: a session each, the link it speaks through now, and what it holds of the quotas."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from signaling.config import Settings
from signaling.core.limits import Quota, Throttle, holder_of
from signaling.core.outbox import Bounds
from signaling.core.session import Session, Timing
from signaling.protocol.errors import CloseCode
from signaling.protocol.messages import SessionId


class Link(Protocol):
    """A way to one client, whatever the transport. Both calls return at once and keep their order."""

    def send(self, text: str) -> None:
        """Queues a frame; after `close` it does nothing."""

    def close(self, code: CloseCode) -> None:
        """Closes after what was queued."""


@dataclass(frozen=True)
class Caller:
    """Who is at the other end of a link."""

    address: str
    host: str | None
    """The Host header: where the client reached us."""


@dataclass(eq=False)
class Client:
    """A session with what only this node knows of it."""

    session: Session
    throttle: Throttle
    caller: Caller
    link: Link | None
    quotas: list[Quota] = field(default_factory=list)
    """Of which it holds one each."""
    timer: asyncio.TimerHandle | None = None
    wakes_at: float | None = None
    """When the timer fires."""

    @property
    def name(self) -> str:
        """Short, for logs."""
        return self.session.peer[:6]


class Clients:
    """All sessions of this node, within what one address and all together may hold."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._bounds = Bounds(settings.outbox_frames, settings.outbox_bytes, settings.outbox_s)
        self._timing = Timing(settings.hello_timeout_s, settings.grace_s, settings.heartbeat_s)
        self._all: dict[SessionId, Client] = {}
        self.arriving = Quota(settings.max_sessions_per_address, settings.max_sessions)
        self.joined = Quota(settings.max_sessions_per_address, settings.max_sessions)
        self.reserved = Quota(settings.max_reserved_per_address, settings.max_sessions)

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Client]:
        return iter(list(self._all.values()))

    def get(self, session: SessionId) -> Client | None:
        """The client of a session, while it lives."""
        return self._all.get(session)

    def add(self, link: Link, caller: Caller, now: float) -> Client:
        """A new session for a new link."""
        session = Session(secrets.token_urlsafe(16), secrets.token_urlsafe(8), self._bounds, self._timing, now)
        throttle = Throttle(self._settings.rate_per_s, self._settings.rate_burst, now)
        client = Client(session, throttle, caller, link)
        self._all[session.id] = client
        return client

    def take(self, client: Client, quota: Quota) -> bool:
        """Counts the client in, once; False if its address or all together hold enough."""
        if quota in client.quotas:
            return True
        if not quota.take(holder_of(client.caller.address)):
            return False
        client.quotas.append(quota)
        return True

    def give(self, client: Client, quota: Quota) -> None:
        """Counts the client out again."""
        client.quotas.remove(quota)
        quota.give(holder_of(client.caller.address))

    def forget(self, client: Client) -> None:
        """The session is over: gives back all that it held. A second time does nothing."""
        self._all.pop(client.session.id, None)
        for quota in list(client.quotas):
            self.give(client, quota)
        if client.timer:
            client.timer.cancel()
            client.timer = client.wakes_at = None
