"""Sealed notes: what passes, and everything that must not."""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peer.bytes import from_base64url, lv, to_base64url
from peer.pairing import PairKeys
from peer.sas import emoji_of
from peer.sealed import Seal, SealBroken
from peer.wire.codec import decode_inner, decode_outer, encode
from peer.wire.notes import MAX_SDP_BYTES, Bye, Candidate, Candidates, InnerNote, Offer, Renegotiate, Sealed
from signaling.protocol.errors import Malformed
from tests.support.vectors import read_vectors

VECTORS = read_vectors("sealed")
ROOM, NEWCOMER, MEMBER = VECTORS["room"], VECTORS["newcomer"], VECTORS["member"]
SEND, RECEIVE = bytes.fromhex(VECTORS["send"]), bytes.fromhex(VECTORS["receive"])
KEYS = PairKeys(SEND, RECEIVE, bytes(32), emoji_of(bytes(3)), "newcomer")
NOTES: list[InnerNote] = [Renegotiate(epoch=number, reason="…") for number in range(4)]


def new_seals() -> tuple[Seal, Seal]:
    member = replace(KEYS, send=RECEIVE, receive=SEND, role="member")
    return Seal(KEYS, ROOM, NEWCOMER, MEMBER), Seal(member, ROOM, MEMBER, NEWCOMER)


def test_vectors() -> None:
    newcomer, member = new_seals()
    for case in VECTORS["said"]:
        speaker, listener = (newcomer, member) if case["from"] == "newcomer" else (member, newcomer)
        inner = decode_inner(json.dumps(case["inner"]))
        assert json.loads(encode(speaker.seal(inner))) == case["note"]
        heard = decode_outer(json.dumps(case["note"]))
        assert isinstance(heard, Sealed)
        assert listener.open(heard) == inner


def test_a_replay_is_refused() -> None:
    newcomer, member = new_seals()
    note = newcomer.seal(NOTES[0])
    member.open(note)
    with pytest.raises(SealBroken):
        member.open(note)


@settings(max_examples=50)
@given(st.lists(st.integers(0, 3), max_size=8))
def test_notes_open_in_their_order_alone(order: list[int]) -> None:
    newcomer, member = new_seals()
    sealed = [newcomer.seal(note) for note in NOTES]
    due = 0
    for number in order:
        if number == due:
            assert member.open(sealed[number]) == NOTES[number]
            due += 1
        else:
            with pytest.raises(SealBroken):
                member.open(sealed[number])


def test_a_note_sent_back_to_its_author_is_refused() -> None:
    newcomer, _ = new_seals()
    with pytest.raises(SealBroken):
        newcomer.open(newcomer.seal(NOTES[0]))


def test_a_note_under_a_shifted_counter_is_refused() -> None:
    newcomer, member = new_seals()
    newcomer.seal(NOTES[0])
    with pytest.raises(SealBroken):
        member.open(msgspec.structs.replace(newcomer.seal(NOTES[1]), n=0))


@pytest.mark.parametrize(
    ("room", "me", "other"),
    [("n8", MEMBER, NEWCOMER), (ROOM, "other-peer_", NEWCOMER), (ROOM, MEMBER, "other-peer_")],
    ids=["room", "to", "from"],
)
def test_a_note_of_another_pair_is_refused(room: str, me: str, other: str) -> None:
    newcomer, _ = new_seals()
    elsewhere = Seal(replace(KEYS, send=RECEIVE, receive=SEND), room, me, other)
    with pytest.raises(SealBroken):
        elsewhere.open(newcomer.seal(NOTES[0]))


@given(st.data())
def test_a_changed_box_is_refused_and_the_true_one_still_opens(data: st.DataObject) -> None:
    newcomer, member = new_seals()
    note = newcomer.seal(NOTES[0])
    box = bytearray(from_base64url(note.box))
    box[data.draw(st.integers(0, len(box) - 1))] ^= data.draw(st.integers(1, 255))
    for forged in (to_base64url(bytes(box)), note.box[:-4], note.box[:4], note.box + "AAAA", "A"):
        with pytest.raises(SealBroken):
            member.open(Sealed(n=0, box=forged))
    assert member.open(note) == NOTES[0]


def test_what_the_other_sealed_must_still_be_a_note() -> None:
    newcomer, member = new_seals()
    nonce = bytes(12)
    data = lv(b"twocans/1", *(each.encode() for each in (ROOM, NEWCOMER, MEMBER)), nonce)
    box = to_base64url(newcomer._sending.encrypt(nonce, b'{"type":"proof"}', data))
    with pytest.raises(Malformed) as caught:
        member.open(Sealed(n=0, box=box))
    assert not isinstance(caught.value, SealBroken)


def test_the_longest_offer_fits() -> None:
    newcomer, member = new_seals()
    longest = Offer(epoch=1, sdp="a=candidate\r\n" * (MAX_SDP_BYTES // 13))
    assert member.open(newcomer.seal(longest)) == longest


def test_what_does_not_fit_is_not_said() -> None:
    newcomer, member = new_seals()
    with pytest.raises(ValueError, match="does not fit"):
        newcomer.seal(Candidates(epoch=1, candidates=[Candidate(candidate="x" * 1024)] * 64))
    assert member.open(newcomer.seal(Bye())) == Bye()
