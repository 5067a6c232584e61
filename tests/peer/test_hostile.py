"""Rooms on a server that lies: what it invents is refused, and who sits in the middle is caught."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress

import msgspec
import pytest

from peer.bytes import from_base64url, to_base64url
from peer.client import NoPath, Remote, Room, RoomFailed, WrongIdentity, join
from peer.invite import new_link_invite
from peer.line import Attempt
from peer.rtc.engine import ChannelClosed, Connection, LinkConfig, load_engine
from peer.sealed import Seal
from peer.wire.codec import decode_inner, decode_outer, encode
from peer.wire.notes import Answer, Candidates, Here, InnerNote, Offer, Sealed
from signaling.protocol.errors import Malformed
from signaling.protocol.messages import PeerId, Relayed
from tests.support.meddler import Meddling, meddling
from tests.support.restart import restartable_server

CANARY = "the canary sings at midnight"


@pytest.fixture(autouse=True)
async def _patience() -> AsyncIterator[None]:
    async with asyncio.timeout(60):
        yield


async def both_join(stack: AsyncExitStack, url: str) -> tuple[Room, Room]:
    """The member first, then the newcomer."""
    invite = new_link_invite()
    member = await stack.enter_async_context(join(invite, server=url))
    newcomer = await stack.enter_async_context(join(invite, server=url))
    return member, newcomer


async def first(room: Room) -> Remote:
    return await anext(room.peers())


def flipped(note: Relayed) -> list[Relayed]:
    """A copy with one bit of the box turned over."""
    sealed = decode_outer(note.body)
    if not isinstance(sealed, Sealed):
        return []
    box = bytearray(from_base64url(sealed.box))
    box[len(box) // 2] ^= 1
    return [Relayed(sender=note.sender, body=encode(Sealed(n=sealed.n, box=to_base64url(bytes(box)))))]


def renumbered(note: Relayed) -> list[Relayed]:
    """A copy that claims to be a later one."""
    sealed = decode_outer(note.body)
    if not isinstance(sealed, Sealed):
        return []
    return [Relayed(sender=note.sender, body=encode(Sealed(n=sealed.n + 1, box=sealed.box)))]


def plain(note: Relayed) -> list[Relayed]:
    """Offers, greetings and goodbyes that were never sealed, bare or in a box without a lock."""
    forged: list[InnerNote] = [Here(instance="A" * 22, epoch=0, live=False), Offer(epoch=7, sdp="v=0")]
    texts = [encode(inner) for inner in forged] + ['{"type":"bye"}', "{}", "nonsense"]
    boxes = [encode(Sealed(n=n, box=to_base64url(text.encode()))) for text in texts for n in (0, 1, 2)]
    return [Relayed(sender=note.sender, body=body) for body in [*texts, *boxes]]


@pytest.mark.parametrize("invent", [flipped, renumbered, plain], ids=lambda invent: invent.__name__)
async def test_invented_notes_change_nothing(invent: Callable[[Relayed], list[Relayed]]) -> None:
    async def meddle(_: PeerId, note: Relayed) -> list[Relayed]:
        return [*invent(note), note]

    await _links_all_the_same(meddle)


async def test_replayed_notes_change_nothing() -> None:
    past: dict[PeerId, list[Relayed]] = {}

    async def meddle(to: PeerId, note: Relayed) -> list[Relayed]:
        again = past.setdefault(to, [])
        copies = [Relayed(sender=each.sender, body=each.body) for each in again]
        again.append(note)
        return [note, *copies]

    await _links_all_the_same(meddle)


async def test_notes_thrown_back_at_their_sender_change_nothing() -> None:
    async def meddle(to: PeerId, note: Relayed) -> list[Relayed]:
        sealed = isinstance(decode_outer(note.body), Sealed)
        with suppress(KeyError):
            await meddler.tell(note.sender, to, note.body)
        return [note] if not sealed else [note, note]

    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(restartable_server())
        meddler = await stack.enter_async_context(meddling(server.url, meddle))
        await asyncio.gather(*(first(room) for room in await both_join(stack, meddler.url)))


async def _links_all_the_same(meddle: Meddling) -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(restartable_server())
        meddler = await stack.enter_async_context(meddling(server.url, meddle))
        rooms = await both_join(stack, meddler.url)
        one, other = await asyncio.gather(*(first(room) for room in rooms))
        await one.chat(CANARY)
        assert (await other.next_chat()).text == CANARY


async def test_notes_in_another_order_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peer.core.negotiation.ATTEMPT_S", 0.4)
    kept: dict[PeerId, Relayed] = {}
    opened: list[InnerNote] = []
    really_open = Seal.open

    def spied(self: Seal, note: Sealed) -> InnerNote:
        opened.append(really_open(self, note))
        return opened[-1]

    monkeypatch.setattr(Seal, "open", spied)

    async def meddle(to: PeerId, note: Relayed) -> list[Relayed]:
        sealed = decode_outer(note.body)
        if not isinstance(sealed, Sealed) or sealed.n == 0:
            return [note]
        if to not in kept:
            kept[to] = Relayed(sender=note.sender, body=note.body)
            return []
        return [Relayed(sender=note.sender, body=note.body)]

    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(restartable_server())
        meddler = await stack.enter_async_context(meddling(server.url, meddle))
        member, newcomer = await both_join(stack, meddler.url)
        assert isinstance(await _failure(newcomer), NoPath)
        assert isinstance(await _failure(member), NoPath)
    assert {type(note) for note in opened} == {Here}, "a note after the missing one was believed"


async def _failure(room: Room) -> RoomFailed:
    with pytest.raises(RoomFailed) as caught:
        await first(room)
    return caught.value


class ManInTheMiddle:
    """Answers the newcomer's offer itself, makes one of its own to the member, and carries messages between the two.

    It reads a sealed note if that can be read without a key, and says its own as best it can.
    """

    def __init__(self) -> None:
        self.heard: list[str | bytes] = []
        self.tried = 0
        self._engine = load_engine("aiortc")
        self._to_newcomer: Connection | None = None
        self._to_member: Connection | None = None
        self._pumps: list[asyncio.Task[None]] = []

    async def meddle(self, _: PeerId, note: Relayed) -> list[Relayed]:
        sealed = decode_outer(note.body)
        if not isinstance(sealed, Sealed):
            return [note]
        try:
            inner = decode_inner(from_base64url(sealed.box))
        except Malformed:
            return [note] if sealed.n == 0 else self._say(note, Offer(epoch=1, sdp=await self._own_offer()))
        match inner:
            case Offer(epoch=epoch, sdp=sdp):
                self._to_newcomer = self._engine.connect(LinkConfig())
                self._answer = Answer(epoch=epoch, sdp=await self._to_newcomer.take_offer(sdp))
                return self._say(note, Offer(epoch=epoch, sdp=await self._own_offer()))
            case Answer(sdp=sdp) if self._to_member and self._to_newcomer:
                await self._to_member.take_answer(sdp)
                self._pump(self._to_newcomer, self._to_member)
                self._pump(self._to_member, self._to_newcomer)
                return self._say(note, self._answer)
            case Candidates(candidates=candidates):
                # the newcomer's come to us on the way to the member, and the other way round
                for connection in (self._to_newcomer, self._to_member):
                    for candidate in candidates:
                        if connection is not None and candidate is not None:
                            await connection.add_candidate(candidate)
                return []
            case _:
                return [note]

    async def aclose(self) -> None:
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        for connection in (self._to_newcomer, self._to_member):
            if connection is not None:
                await connection.aclose()

    async def _own_offer(self) -> str:
        if self._to_member is None:
            self._to_member = self._engine.connect(LinkConfig())
            self._offer = await self._to_member.make_offer()
        self.tried += 1
        return self._offer

    def _say(self, note: Relayed, inner: InnerNote) -> list[Relayed]:
        sealed = decode_outer(note.body)
        assert isinstance(sealed, Sealed)
        body = encode(Sealed(n=sealed.n, box=to_base64url(encode(inner).encode())))
        return [Relayed(sender=note.sender, body=body)]

    def _pump(self, source: Connection, target: Connection) -> None:
        async def carry() -> None:
            with suppress(ChannelClosed):
                while True:
                    message = await source.control.receive()
                    self.heard.append(message)
                    await target.control.send(message)

        self._pumps.append(asyncio.create_task(carry()))


def _unseal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boxes without a lock."""
    monkeypatch.setattr(Seal, "seal", lambda _, inner: Sealed(n=0, box=to_base64url(encode(inner).encode())))
    monkeypatch.setattr(Seal, "open", lambda _, note: decode_inner(from_base64url(note.box)))


def _unprove(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proofs that prove nothing."""
    monkeypatch.setattr(Attempt, "mac", lambda _, ours: "A" * 43)


async def _attacked(stack: AsyncExitStack) -> tuple[ManInTheMiddle, Room, Room]:
    man = ManInTheMiddle()
    stack.push_async_callback(man.aclose)
    server = await stack.enter_async_context(restartable_server())
    meddler = await stack.enter_async_context(meddling(server.url, man.meddle))
    return man, *(await both_join(stack, meddler.url))


async def test_a_man_in_the_middle_gets_nowhere_past_the_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peer.core.negotiation.ATTEMPT_S", 0.4)
    async with AsyncExitStack() as stack:
        man, member, newcomer = await _attacked(stack)
        for error in await asyncio.gather(_failure(member), _failure(newcomer)):
            assert isinstance(error, NoPath)
        assert man.tried
        assert man.heard == []


async def test_a_man_in_the_middle_is_caught_by_the_proof_where_seals_are_broken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _unseal(monkeypatch)
    async with AsyncExitStack() as stack:
        man, member, newcomer = await _attacked(stack)
        errors = await asyncio.gather(_failure(member), _failure(newcomer))
        assert any(isinstance(error, WrongIdentity) for error in errors)
        said = {msgspec.json.decode(message)["type"] for message in man.heard}
        assert said == {"proof"}, "nothing is said before the other's proof has checked"


async def test_without_seals_and_proofs_the_same_attack_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    _unseal(monkeypatch)
    _unprove(monkeypatch)
    async with AsyncExitStack() as stack:
        man, member, newcomer = await _attacked(stack)
        one, other = await asyncio.gather(first(member), first(newcomer))
        await one.chat(CANARY)
        assert (await other.next_chat()).text == CANARY
        assert any(CANARY in str(message) for message in man.heard)
