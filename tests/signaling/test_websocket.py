from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

import pytest

from signaling.protocol import messages
from signaling.protocol.errors import CloseCode, RefusalCode
from signaling.protocol.messages import (
    MAX_FRAME_BYTES,
    Absent,
    Ack,
    Arrived,
    Departed,
    Hello,
    Ping,
    Pong,
    Refused,
    Relay,
    Relayed,
)
from signaling.transports.websocket import CLOSING_S
from tests.support.signaling import LINK_ROOM, Client, serving, until

BIG = "x" * messages.MAX_BODY_BYTES


async def refused(client: Client) -> tuple[RefusalCode, int | None]:
    return (await client.hear(Refused)).code, await client.closed()


@pytest.mark.parametrize("frame", ["not JSON", "{}", '{"type":"hello","v":2,"room":"n1"}', '{"type":"dance"}'])
async def test_what_is_not_a_message_is_refused(frame: str) -> None:
    async with serving() as site:
        client = await site.connect()
        await client.socket.send_str(frame)
        assert await refused(client) == (RefusalCode.MALFORMED, CloseCode.MALFORMED)


async def test_binary_frames_are_refused() -> None:
    async with serving() as site:
        client = await site.connect()
        await client.socket.send_bytes(b'{"type":"ping"}')
        assert await refused(client) == (RefusalCode.MALFORMED, CloseCode.MALFORMED)


async def test_a_frame_of_the_limit_is_read_and_a_longer_one_is_too_big() -> None:
    async with serving() as site:
        client = await site.connect()
        await client.socket.send_str('{"type":"ping"}'.ljust(MAX_FRAME_BYTES))
        await client.hear(Pong)
        await client.socket.send_str('{"type":"ping"}'.ljust(MAX_FRAME_BYTES + 1))
        assert await client.closed() == CloseCode.TOO_BIG


async def test_compression_is_not_agreed_to() -> None:
    async with serving() as site, site.session.ws_connect(f"{site.url}/v1/ws", compress=15) as socket:
        assert not socket.compress


async def test_pages_of_another_origin_are_refused_and_ours_are_not() -> None:
    async with serving(allow_origin=("https://friend.example",)) as site:
        stranger = await site.connect(Origin="https://evil.example")
        assert await refused(stranger) == (RefusalCode.ORIGIN, CloseCode.ORIGIN)
        for origin in (site.url, "https://friend.example"):
            await (await site.connect(Origin=origin)).join()


async def test_addresses_are_counted_behind_a_trusted_proxy() -> None:
    async with serving(trusted_proxies=("127.0.0.1",), max_sessions_per_address=1) as site:
        await (await site.connect(X_Forwarded_For="2001:db8::1")).join()
        await (await site.connect(X_Forwarded_For="2001:db8:0:1::1")).join()
        same = await site.connect(X_Forwarded_For="2001:db8::ffff")
        await same.say(Hello(v=1, room=LINK_ROOM))
        assert await refused(same) == (RefusalCode.TOO_MANY, CloseCode.RATE)


# Silence


async def absent_and_departed(heartbeat_s: float, grace_s: float) -> tuple[float, float]:
    """A peer stops as SIGSTOP would; seconds until another one hears that it is absent, and then departed."""
    async with serving(heartbeat_s=heartbeat_s, grace_s=grace_s) as site:
        silent, other = await site.join(), await site.join()
        await silent.hear(Arrived)
        await silent.say(Ping())
        await silent.hear(Pong)
        silent.freeze()
        since = monotonic()
        async with asyncio.timeout(3 * heartbeat_s):
            frame = await other.socket.receive_json()
        assert (frame["type"], frame["peer"], frame["reason"]) == ("absent", silent.peer, "silent")
        absent = monotonic() - since
        async with asyncio.timeout(2 * grace_s):
            frame = await other.socket.receive_json()
        assert (frame["type"], frame["peer"], frame["reason"]) == ("departed", silent.peer, "grace")
        return absent, monotonic() - since - absent


async def test_a_silent_peer_is_absent_and_then_departed() -> None:
    absent, departed = await absent_and_departed(heartbeat_s=0.4, grace_s=0.3)
    assert absent <= 1.5 * 0.4
    assert departed >= 0.3 * 0.9


@pytest.mark.slow
@pytest.mark.asyncio(loop_factories=["asyncio"])
async def test_by_default_a_silent_peer_is_absent_within_12_seconds() -> None:
    absent, departed = await absent_and_departed(heartbeat_s=8.0, grace_s=20.0)
    assert absent <= 12
    assert 19.9 <= departed <= 21


async def test_a_peer_that_only_listens_stays() -> None:
    """It answers the server's pings while it waits for a frame, and nothing else."""
    async with serving(heartbeat_s=0.1) as site:
        quiet, other = await site.join(), await site.join()
        await quiet.hear(Arrived)
        listening = asyncio.create_task(quiet.hear(Relayed))
        for _ in range(5):
            await asyncio.sleep(0.1)
            await other.say(Ping())
            await other.hear(Pong)
        await other.say(Relay("*", "still there?"))
        assert (await listening).body == "still there?"


# Slow clients


async def test_a_client_that_does_not_read_is_closed_as_slow_and_holds_up_nobody() -> None:
    async with serving(rate_burst=1000, heartbeat_s=60) as site:
        slow, quick, talker = await site.join(), await site.join(), await site.join()
        for client, arrivals in ((slow, 2), (quick, 1)):
            for _ in range(arrivals):
                await client.hear(Arrived)
        slow.freeze()
        for number in range(40):
            await talker.say(Relay("*", BIG))
            word = await quick.hear_any()
            if isinstance(word, Absent):
                assert word == Absent(slow.peer, "slow", seq=word.seq)
                assert number >= 4, "there is room for 256 KiB"
                break
            await quick.say(Ack(word.seq))
        else:
            pytest.fail("the slow client was kept")
        started = monotonic()
        await until(lambda: len(site.hub.links) == 2)
        assert monotonic() - started < 2 * CLOSING_S, "it is cut off, as it does not read the close frame either"


async def test_a_client_that_does_not_acknowledge_is_told_so_and_can_resume() -> None:
    async with serving(outbox_frames=20, rate_burst=1000) as site:
        lazy, talker = await site.join(), await site.join()
        for number in range(22):
            await talker.say(Relay("*", str(number)))
        await lazy.hear(Arrived)
        for number in range(18):
            assert (await lazy.hear(Relayed)).body == str(number)
        assert await refused(lazy) == (RefusalCode.SLOW, CloseCode.SLOW)
        back = await site.connect()
        assert (await back.resume(lazy)).recovered
        assert [(await back.hear(Relayed)).body for _ in range(18, 22)] == ["18", "19", "20", "21"]


async def test_a_write_that_does_not_end_cuts_the_client_off() -> None:
    """Its outbox has room for more, but what waits has waited too long."""
    roomy: dict[str, Any] = {"outbox_bytes": 2**30, "outbox_frames": 2**20, "rate_burst": 1000}
    async with serving(write_timeout_s=0.2, heartbeat_s=60, **roomy) as site:
        slow, talker = await site.join(), await site.join()
        await slow.hear(Arrived)
        slow.freeze()
        for _ in range(300):
            await talker.say(Relay("*", BIG))
        assert await talker.hear(Absent) == Absent(slow.peer, "slow", seq=2)
        await until(lambda: len(site.hub.links) == 1)


async def test_acknowledging_what_was_never_read_does_not_fill_our_memory() -> None:
    async with serving(write_timeout_s=60, heartbeat_s=60, rate_burst=1000) as site:
        liar, talker = await site.join(), await site.join()
        await liar.hear(Arrived)
        liar.freeze()
        for number in range(400):
            await talker.say(Relay("*", BIG))
            await talker.say(Ping())
            if isinstance(word := await talker.hear_any(), Absent):
                assert word.reason == "slow"
                break
            await talker.say(Ack(word.seq))
            await liar.say(Ack(number))
        else:
            pytest.fail("24 MB wait for a client that reads nothing")


async def test_a_client_that_floods_still_reads_why_it_is_sent_away() -> None:
    """The server reads what is under way until its close is answered: else TCP would reset, and the reason be lost."""
    async with serving() as site:
        flooder = await site.join()
        await flooder.socket.send_str("not JSON")
        for _ in range(30):
            await flooder.say(Relay("*", BIG))
        assert await refused(flooder) == (RefusalCode.MALFORMED, CloseCode.MALFORMED)


# Ends


async def test_a_client_that_closes_is_absent_at_once() -> None:
    async with serving(grace_s=0.05) as site:
        leaving, other = await site.join(), await site.join()
        await leaving.socket.close()
        assert (await other.hear(Absent)).reason == "lost"
        assert (await other.hear(Departed)).reason == "grace"
        await until(lambda: len(site.hub.links) == 1)


async def test_a_plain_request_is_told_to_upgrade() -> None:
    async with serving() as site, site.session.get(f"{site.url}/v1/ws") as response:
        assert response.status == 400


async def test_a_client_that_goes_away_while_it_is_greeted_leaves_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(grace_s=0.05) as site:
        for _ in range(50):
            client = await site.connect()
            await client.say(Hello(v=1, room=LINK_ROOM, limit=16))
            await client.socket.ping()
            client.abort()
        await until(lambda: not site.hub.links and not site.hub.clients and not site.hub.rooms)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
