"""Close codes and refusal codes: the stable names under which a client is told no."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class CloseCode(IntEnum):
    """Why the server closed a WebSocket (RFC 6455, section 7.4; 4000 and up are ours)."""

    DONE = 1000
    GOING_AWAY = 1001
    TOO_BIG = 1009
    RESTART = 1012
    MALFORMED = 4400
    UNAUTHORISED = 4401
    ORIGIN = 4403
    NO_ROOM = 4404
    HELLO_TIMEOUT = 4408
    FENCED = 4409
    SLOW = 4413
    ROOM_FULL = 4423
    RATE = 4429
    BACKPLANE_DOWN = 4503


class RefusalCode(StrEnum):
    """The `code` of a `refused` frame. Those with a close code end the connection, the others leave it open."""

    MALFORMED = "malformed"
    UNAUTHORISED = "unauthorised"
    ORIGIN = "origin"
    NO_ROOM = "no_room"
    HELLO_TIMEOUT = "hello_timeout"
    FENCED = "fenced"
    SLOW = "slow"
    ROOM_FULL = "room_full"
    RATE = "rate"
    BACKPLANE_DOWN = "backplane_down"
    TOO_MANY = "too_many"
    NOT_JOINED = "not_joined"
    ALREADY_JOINED = "already_joined"
    NOT_CREATOR = "not_creator"
    NO_PEER = "no_peer"
    NUMBER_TAKEN = "number_taken"


CLOSES_WITH: dict[RefusalCode, CloseCode] = {
    RefusalCode.MALFORMED: CloseCode.MALFORMED,
    RefusalCode.UNAUTHORISED: CloseCode.UNAUTHORISED,
    RefusalCode.ORIGIN: CloseCode.ORIGIN,
    RefusalCode.NO_ROOM: CloseCode.NO_ROOM,
    RefusalCode.HELLO_TIMEOUT: CloseCode.HELLO_TIMEOUT,
    RefusalCode.FENCED: CloseCode.FENCED,
    RefusalCode.SLOW: CloseCode.SLOW,
    RefusalCode.ROOM_FULL: CloseCode.ROOM_FULL,
    RefusalCode.RATE: CloseCode.RATE,
    RefusalCode.TOO_MANY: CloseCode.RATE,
    RefusalCode.BACKPLANE_DOWN: CloseCode.BACKPLANE_DOWN,
}
"""Refusals after which the server closes the socket, with the code it closes with."""


class Malformed(ValueError):
    """They erred: a frame is not a message of this protocol. The text of the error is safe to show to them."""
