"""Somebody in the middle who holds the link and may try 2**20 times cannot make the emoji of the two ends agree.

    Asha, newcomer                  in the middle                           Bela, member
       │ commit  h(Ya, nonce)              │                                       │
       ├──────────────────────────────────►│                                       │
       │                        share  Yb' │   Yb' is chosen while Ya is hidden    │
       │◄──────────────────────────────────┤                                       │
       │ open  Ya, nonce                   │   now Asha's emoji are settled        │
       ├──────────────────────────────────►│                                       │
       │                                   │ commit  h(Ya', nonce')                │
       │                                   ├──────────────────────────────────────►│
       │   Ya' is chosen while Yb is hidden│                             share  Yb │
       │                                   │◄──────────────────────────────────────┤
       │     now Bela's emoji are settled  │ open  Ya', nonce'                     │
       │                                   ├──────────────────────────────────────►│

Or Bela's run comes first, and Yb' is chosen last, while Ya is hidden. Whoever holds the link's secret knows CPace's
generator, so that each run is a plain exchange of X25519 shares to it, and what an end will show can be worked out for
any share as soon as that end's own is known. Shares, keys and commitments are the real ones; randomness is fixed.

So much for tries within one run with each end. But a run that is broken off is seen by nobody, and with many runs at
either end some pair of them agrees: the last tests are about how many there may be.
"""

from __future__ import annotations

import hashlib
import random
from copy import deepcopy
from types import SimpleNamespace

import cpace
import pytest
from cpace import CPace, CPaceRole

from peer import pairing
from peer.bytes import from_base64url, to_base64url
from peer.core.allowance import MOST
from peer.invite import Invite
from peer.meeting import Meeting
from peer.meetings import Meetings
from peer.pairing import Effect, Member, Mismatched, Newcomer, Paired, Say, Unexpected
from peer.sas import Emoji
from peer.wire.codec import encode
from peer.wire.notes import Commit, Confirm, Open, OuterNote, Share
from signaling.protocol.errors import Malformed

SECRET, ROOM = bytes(range(16)), "r" * 22
ASHA, BELA = "asha_______", "bela_______"
AD_ASHA, AD_BELA = pairing._ad("newcomer", ASHA), pairing._ad("member", BELA)
SHARES = NONCES = 2**10
"""Of whoever sits in the middle: 2**20 pairs of them."""
Four = tuple[Emoji, ...]


@pytest.fixture(autouse=True)
def chance(monkeypatch: pytest.MonkeyPatch) -> random.Random:
    """All randomness of a test, the same each time."""
    chance = random.Random(24)
    monkeypatch.setattr(cpace, "secrets", SimpleNamespace(token_bytes=chance.randbytes))
    return chance


class Run:
    """What somebody in the middle has for its run with one end: key pairs of its own, all made beforehand."""

    def __init__(self, role: CPaceRole, sid: bytes, chance: random.Random, count: int = SHARES) -> None:
        self._role, self.sid = role, sid
        self._ad, self._ad_there = (AD_ASHA, AD_BELA) if role is CPaceRole.INITIATOR else (AD_BELA, AD_ASHA)
        generator = cpace._calculate_generator(SECRET, pairing._ci(ROOM, ASHA, BELA), sid)
        scalars = [chance.randbytes(32) for _ in range(count)]
        self._pairs = [(scalar, cpace._scalar_mult_vfy(scalar, generator) or b"") for scalar in scalars]
        self.shares = [share for _, share in self._pairs]

    def derived(self, number: int, y: bytes) -> CPace:
        """The run with that key pair and with the end whose share is `y`."""
        scalar, share = self._pairs[number]
        run = CPace(role=self._role, sid=self.sid, ad=self._ad, scalar=scalar, public_share=share)
        run.derive(y, self._ad_there)
        return run

    def emoji(self, y: bytes) -> list[Four]:
        """What that end shows, for each key pair."""
        return [emoji_of(self.derived(number, y), self.sid) for number in range(len(self._pairs))]

    def open(self, number: int, nonce: bytes, y: bytes) -> Open:
        """As a newcomer: the opening with that key pair."""
        words = (self.sid, self.shares[number], self._ad, nonce, self.derived(number, y).tag())
        return Open(*map(to_base64url, words))


def emoji_of(run: CPace, sid: bytes) -> Four:
    return pairing._keys("member", run.isk, sid).sas


def fitting(h: bytes, run: Run, nonces: list[bytes]) -> list[tuple[int, bytes]]:
    """Which of the 2**20 pairs of a share and a nonce are what a commitment says."""
    return [
        (number, nonce)
        for number, share in enumerate(run.shares)
        for nonce in nonces
        if hashlib.sha256(share + AD_ASHA + nonce).digest() == h
    ]


def said(effects: list[Effect]) -> OuterNote:
    return next(effect.note for effect in effects if isinstance(effect, Say))


def shown(effects: list[Effect]) -> Four:
    return next(effect.keys.sas for effect in effects if isinstance(effect, Paired))


@pytest.mark.parametrize(("shares", "pictures"), [(2**10, 3), (2**13, 4)], ids=["three pictures", "four pictures"])
def test_without_the_commitment_they_agree(shares: int, pictures: int, chance: random.Random) -> None:
    """Both ends show their shares first: 2**20 pairs are enough for 18 bits, 2**26 for 24, in no time."""
    sid = chance.randbytes(16)
    common = {"prs": SECRET, "sid": sid, "ci": pairing._ci(ROOM, ASHA, BELA)}
    asha = CPace.start(role=CPaceRole.INITIATOR, ad=AD_ASHA, **common)
    bela = CPace.start(role=CPaceRole.RESPONDER, ad=AD_BELA, **common)
    toward_asha, toward_bela = (Run(role, sid, chance, shares) for role in (CPaceRole.RESPONDER, CPaceRole.INITIATOR))
    hers = {four[:pictures]: number for number, four in enumerate(toward_asha.emoji(asha.public_share))}
    his = {four[:pictures]: number for number, four in enumerate(toward_bela.emoji(bela.public_share))}
    alike = next(iter(hers.keys() & his.keys()))
    asha.derive(toward_asha.shares[hers[alike]], AD_BELA)
    bela.derive(toward_bela.shares[his[alike]], AD_ASHA)
    assert emoji_of(asha, sid)[:pictures] == emoji_of(bela, sid)[:pictures] == alike
    assert asha.isk != bela.isk


def test_with_it_the_share_toward_the_member_is_chosen_too_early(chance: random.Random) -> None:
    asha, bela = Newcomer(SECRET, ROOM, ASHA, BELA, chance.randbytes), Member(SECRET, ROOM, BELA, ASHA)
    commit = said(asha.start())
    assert isinstance(commit, Commit)
    toward_asha = Run(CPaceRole.RESPONDER, from_base64url(commit.sid), chance)
    opened = said(asha.step(Share(commit.sid, to_base64url(toward_asha.shares[0]), to_base64url(AD_BELA))))
    assert isinstance(opened, Open)
    ours = toward_asha.derived(0, from_base64url(opened.y))
    hers = shown(asha.step(Confirm(commit.sid, to_base64url(ours.tag()))))
    assert hers == emoji_of(ours, toward_asha.sid), "the target is known from here on"

    toward_bela = Run(CPaceRole.INITIATOR, chance.randbytes(16), chance)
    nonces = [chance.randbytes(16) for _ in range(NONCES)]
    h = hashlib.sha256(toward_bela.shares[0] + AD_ASHA + nonces[0]).digest()  # any of 2**20, while Yb is hidden
    share = said(bela.step(Commit(to_base64url(toward_bela.sid), to_base64url(h))))
    assert isinstance(share, Share)
    y = from_base64url(share.y)
    could_be = toward_bela.emoji(y)
    nearer = next(number for number, four in enumerate(could_be) if four[0] == hers[0])
    assert deepcopy(bela).step(toward_bela.open(nearer, nonces[0], y))[-1] == Mismatched("commitment")
    assert fitting(h, toward_bela, nonces) == [(0, nonces[0])]
    his = shown(bela.step(toward_bela.open(0, nonces[0], y)))
    assert his == could_be[0] != hers


def test_with_it_the_share_toward_the_newcomer_is_chosen_too_early(chance: random.Random) -> None:
    asha, bela = Newcomer(SECRET, ROOM, ASHA, BELA, chance.randbytes), Member(SECRET, ROOM, BELA, ASHA)
    toward_bela, nonce = Run(CPaceRole.INITIATOR, chance.randbytes(16), chance, 1), chance.randbytes(16)
    h = hashlib.sha256(toward_bela.shares[0] + AD_ASHA + nonce).digest()
    share = said(bela.step(Commit(to_base64url(toward_bela.sid), to_base64url(h))))
    assert isinstance(share, Share)
    his = shown(bela.step(toward_bela.open(0, nonce, from_base64url(share.y))))
    assert his == toward_bela.emoji(from_base64url(share.y))[0], "the target is known from here on"

    commit = said(asha.start())
    assert isinstance(commit, Commit)
    toward_asha = Run(CPaceRole.RESPONDER, from_base64url(commit.sid), chance)
    guessed = fitting(from_base64url(commit.h), toward_asha, [chance.randbytes(16) for _ in range(NONCES)])
    assert guessed == [], "what the commitment hides is not found by trying"
    ad = to_base64url(AD_BELA)
    opened = said(asha.step(Share(commit.sid, to_base64url(toward_asha.shares[0]), ad)))  # any of them
    assert isinstance(opened, Open)
    could_be = toward_asha.emoji(from_base64url(opened.y))
    nearer = next(number for number, four in enumerate(could_be) if four[0] == his[0])
    with pytest.raises(Unexpected):
        asha.step(Share(commit.sid, to_base64url(toward_asha.shares[nearer]), ad))
    ours = toward_asha.derived(0, from_base64url(opened.y))
    hers = shown(asha.step(Confirm(commit.sid, to_base64url(ours.tag()))))
    assert hers == could_be[0] != his


LINK = Invite(secret=SECRET, room=ROOM, code=None, token="")
RUNS = 40
INVENTED = [f"invented_{number:02}" for number in range(RUNS)]


def stranger(name: str) -> str:
    """The first note of a newcomer whom the server has invented."""
    return encode(said(Newcomer(SECRET, ROOM, name, BELA).start()))


def answered(meeting: Meeting, body: str) -> bool:
    try:
        return bool(meeting.hear(body))
    except Malformed:
        return False


def test_a_member_answers_few_newcomers_who_break_off() -> None:
    meetings, count = Meetings(), 0
    for name in INVENTED:
        meeting = Meeting(LINK, BELA, name, False, meetings.may_begin)
        meetings.add(meeting)
        count += answered(meeting, stranger(name))
        meetings.forget(name)
    assert count == MOST


def test_a_member_answers_few_runs_of_one_newcomer() -> None:
    meeting = Meeting(LINK, BELA, ASHA, False, Meetings().may_begin)
    assert sum(answered(meeting, stranger(ASHA)) for _ in range(RUNS)) == MOST


def test_a_newcomer_speaks_to_few_members_who_break_off() -> None:
    meetings = Meetings()
    begun = [Meeting(LINK, ASHA, name, True, meetings.may_begin).start() for name in INVENTED]
    assert len([outcomes for outcomes in begun if outcomes]) == MOST


def test_who_is_met_for_good_does_not_count() -> None:
    meetings = Meetings()
    for name in INVENTED:
        assert answered(Meeting(LINK, BELA, name, False, meetings.may_begin), stranger(name))
        meetings.proven()
