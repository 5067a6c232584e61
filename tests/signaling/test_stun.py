"""The STUN responder: answers clean Binding requests, is silent otherwise, and no use for flooding a victim."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest
from aioice import stun, turn
from hypothesis import given
from hypothesis import strategies as st

from signaling.listen import open_sockets
from signaling.stun import ADDRESSES, ANSWERS_PER_ADDRESS, Allowance, Responder, answer, answering

FROM = ("203.0.113.9", 40000)


def request(fingerprint: bool = False, **attributes: object) -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes.update({name.replace("_", "-"): value for name, value in attributes.items()})
    if fingerprint:
        message.add_fingerprint()
    return bytes(message)


def changed(datagram: bytes, at: int, to: bytes) -> bytes:
    return datagram[:at] + to + datagram[at + len(to) :]


@pytest.mark.parametrize("source", [FROM, ("2001:db8::9", 40000)])
@pytest.mark.parametrize("fingerprint", [False, True])
def test_tells_a_peer_its_address(source: tuple[str, int], fingerprint: bool) -> None:
    asked = request(fingerprint)
    answered = answer(asked, source)
    assert answered
    response = stun.parse_message(answered)
    assert (response.message_method, response.message_class) == (stun.Method.BINDING, stun.Class.RESPONSE)
    assert response.transaction_id == asked[8:20]
    assert response.attributes["XOR-MAPPED-ADDRESS"] == source
    assert ("FINGERPRINT" in response.attributes) is fingerprint


def test_understands_what_webrtc_adds() -> None:
    assert answer(request(SOFTWARE="x", USERNAME="a:b", PRIORITY=1, USE_CANDIDATE=None), FROM)


def test_names_attributes_that_must_be_understood_and_are_not() -> None:
    asked = changed(request() + struct.pack("!HHI", 0x0003, 4, 6), 2, struct.pack("!H", 8))
    answered = answer(asked, FROM)
    assert answered
    assert stun.parse_message(answered).attributes["ERROR-CODE"] == (420, "")
    assert answered[-8:] == struct.pack("!HHHH", 0x000A, 2, 0x0003, 0)


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        request()[:-1],
        request() + b"\0\0\0\0",
        changed(request(), 4, b"\0\0\0\0"),
        changed(request(), 0, struct.pack("!H", stun.Method.BINDING | stun.Class.INDICATION)),
        changed(request(), 0, struct.pack("!H", stun.Method.BINDING | stun.Class.RESPONSE)),
        changed(request(), 0, struct.pack("!H", stun.Method.ALLOCATE | stun.Class.REQUEST)),
        changed(request(fingerprint=True), -4, b"\0\0\0\0"),
        changed(request(SOFTWARE="x"), 22, b"\xff\xff"),
        request(SOFTWARE="x" * 600),
        b"\x16\xfe\xff" + bytes(40),
    ],
    ids=[
        "empty",
        "cut",
        "long",
        "no cookie",
        "indication",
        "response",
        "another method",
        "wrong fingerprint",
        "wrong attribute length",
        "huge",
        "DTLS",
    ],
)
def test_says_nothing_to_anything_else(datagram: bytes) -> None:
    assert answer(datagram, FROM) is None


@given(st.binary(max_size=600) | st.binary(max_size=64).map(lambda tail: request() + tail))
def test_no_datagram_breaks_it(datagram: bytes) -> None:
    answer(datagram, FROM)


@given(st.binary(max_size=528).map(lambda raw: raw[: len(raw) // 4 * 4]))
def test_an_answer_is_hardly_longer_than_its_request(attributes: bytes) -> None:
    asked = changed(request() + attributes, 2, struct.pack("!H", len(attributes)))
    answered = answer(asked, ("2001:db8::9", 40000))
    assert answered is None or len(answered) <= len(asked) + 24


def test_one_address_gets_so_many_answers_a_second() -> None:
    allowance = Allowance()
    assert [allowance.take("203.0.113.9", 1.0) for _ in range(ANSWERS_PER_ADDRESS + 1)].count(
        True
    ) == ANSWERS_PER_ADDRESS
    assert not allowance.take("203.0.113.9", 1.9)
    assert allowance.take("203.0.113.10", 1.9)
    assert allowance.take("203.0.113.9", 2.0)


def test_ipv6_addresses_share_the_allowance_of_their_network() -> None:
    allowance = Allowance()
    taken = [allowance.take(f"2001:db8::{host:x}", 1.0) for host in range(ANSWERS_PER_ADDRESS + 1)]
    assert taken.count(True) == ANSWERS_PER_ADDRESS
    assert allowance.take("2001:db8:0:1::1", 1.0)
    assert allowance.take("fe80::1%eth0", 1.0)


def test_a_flood_of_forged_addresses_takes_bounded_memory() -> None:
    allowance = Allowance()
    taken = [allowance.take(f"10.{each >> 16}.{each >> 8 & 255}.{each & 255}", 1.0) for each in range(ADDRESSES + 5)]
    assert taken == [True] * ADDRESSES + [False] * 5


async def test_the_responder_keeps_to_the_allowance() -> None:
    (bound,) = open_sockets(("127.0.0.1",), 0, socket.SOCK_DGRAM)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind(("127.0.0.1", 0))
        client.setblocking(False)
        transport, responder = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Responder(Allowance(), lambda: 1.0), sock=bound
        )
        for _ in range(ANSWERS_PER_ADDRESS + 10):
            responder.datagram_received(request(), client.getsockname())
        answers = [await asyncio.get_running_loop().sock_recv(client, 2048) for _ in range(ANSWERS_PER_ADDRESS)]
        assert len({stun.parse_message(each).transaction_id for each in answers}) == ANSWERS_PER_ADDRESS
        with pytest.raises(BlockingIOError):
            client.recv(2048)
        transport.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_aioice_learns_its_address_over_udp(host: str) -> None:
    sockets = open_sockets((host,), 0, socket.SOCK_DGRAM)
    server = (host, sockets[0].getsockname()[1])
    async with answering(sockets):
        transport, client = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: turn.TurnClientUdpProtocol(server, None, None, 600, 500), remote_addr=server
        )
        transport.sendto(b"not STUN")
        response, _ = await client.request(stun.Message(stun.Method.BINDING, stun.Class.REQUEST))
        assert response.attributes["XOR-MAPPED-ADDRESS"] == transport.get_extra_info("sockname")[:2]
        transport.close()
