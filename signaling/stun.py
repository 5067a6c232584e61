"""Answers STUN Binding requests over UDP (RFC 8489), so that no third party is needed to learn one's address.

    peer ──Binding request──► answer() ──success, XOR-MAPPED-ADDRESS──► peer

A datagram's source can be forged, and then the answer goes to a victim. So an answer is at most 24 bytes
longer than its request, whatever is not a clean request is dropped without a word, and one address gets few answers
a second.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import IPv6Address, ip_address
from typing import Any

from aioice import stun

log = logging.getLogger(__name__)

MAX_REQUEST_BYTES = 548
"""The longest request that fits a minimal IPv4 path unfragmented (RFC 8489, section 6.1)."""
ANSWERS_PER_ADDRESS = 50
"""In one second, to one IPv4 address or one IPv6 /64: enough for an office behind one NAT."""
ADDRESSES = 10_000
"""Different addresses answered in one second; bounds memory and the load of a flood."""
IGNORED = frozenset({0x0006, 0x0008, 0x0014, 0x0015, 0x001C, 0x0024, 0x0025})
"""Attributes that must be understood, and change nothing for a server without authentication: USERNAME,
MESSAGE-INTEGRITY, REALM, NONCE, MESSAGE-INTEGRITY-SHA256, PRIORITY, USE-CANDIDATE."""
UNKNOWN_ATTRIBUTES = 0x000A
OPTIONAL_FROM = 0x8000


def answer(datagram: bytes, source: tuple[str, int]) -> bytes | None:
    """The response to send back to `source` (address, port), or None for silence.

    A success response, or error 420 with the attributes that are not understood (RFC 8489, section 6.3.1).
    """
    if not 20 <= len(datagram) <= MAX_REQUEST_BYTES or len(datagram) % 4:
        return None
    kind, _, cookie = struct.unpack_from("!HHI", datagram)
    if kind != stun.Method.BINDING | stun.Class.REQUEST or cookie != stun.COOKIE:
        return None
    try:
        types = _attribute_types(datagram)
        request = stun.parse_message(datagram)
    except (ValueError, struct.error):
        return None
    if unknown := [each for each in types if each < OPTIONAL_FROM and each not in IGNORED]:
        return _unknown_attributes(request.transaction_id, unknown)
    response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, request.transaction_id)
    response.attributes["XOR-MAPPED-ADDRESS"] = source
    if "FINGERPRINT" in request.attributes:
        response.add_fingerprint()
    return bytes(response)


class Allowance:
    """How many answers each address may still have in this second."""

    def __init__(self) -> None:
        self._second = 0
        self._given: dict[str, int] = {}

    def take(self, address: str, now: float) -> bool:
        """Whether this address may have one more answer; `now` in seconds, never going back."""
        if int(now) != self._second:
            self._second = int(now)
            self._given = {}
        parsed = ip_address(address)
        key = str(int(parsed) >> 64) if isinstance(parsed, IPv6Address) else address
        given = self._given.get(key, 0)
        if given >= ANSWERS_PER_ADDRESS or (given == 0 and len(self._given) >= ADDRESSES):
            return False
        self._given[key] = given + 1
        return True


class Responder(asyncio.DatagramProtocol):
    """Pumps datagrams of one socket through `answer`."""

    def __init__(self, allowance: Allowance, clock: Callable[[], float]) -> None:
        self._allowance = allowance
        self._clock = clock

    def connection_made(self, transport: Any) -> None:
        self._transport: asyncio.DatagramTransport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        response = answer(data, (addr[0], addr[1]))
        if response is not None and self._allowance.take(addr[0], self._clock()):
            self._transport.sendto(response, addr)


@asynccontextmanager
async def answering(sockets: list[socket.socket]) -> AsyncIterator[None]:
    """Answers on these bound UDP sockets while the context lasts, then closes them."""
    loop = asyncio.get_running_loop()
    allowance = Allowance()
    transports = []
    try:
        for each in sockets:
            transport, _ = await loop.create_datagram_endpoint(lambda: Responder(allowance, loop.time), sock=each)
            transports.append(transport)
        yield
    finally:
        for transport in transports:
            transport.close()


def _attribute_types(datagram: bytes) -> list[int]:
    """Raises ValueError or struct.error for an attribute that does not end where the message ends."""
    types, position = [], 20
    while position < len(datagram):
        kind, length = struct.unpack_from("!HH", datagram, position)
        types.append(kind)
        position += 4 + length + stun.padding_length(length)
    if position != len(datagram):
        raise ValueError("the last attribute is cut short")
    return types


def _unknown_attributes(transaction_id: bytes, types: list[int]) -> bytes:
    """Names two at most, without a reason phrase: an error must not be longer than what it answers deserves."""
    named = struct.pack(f"!{len(types[:2])}H", *types[:2])
    attributes = struct.pack("!HHHBB", 0x0009, 4, 0, 4, 20)
    attributes += struct.pack("!HH", UNKNOWN_ATTRIBUTES, len(named)) + named.ljust(4, b"\0")
    kind = stun.Method.BINDING | stun.Class.ERROR
    return struct.pack("!HHI12s", kind, len(attributes), stun.COOKIE, transaction_id) + attributes
