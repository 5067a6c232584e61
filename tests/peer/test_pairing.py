"""Pairing: the draft's vectors, shared scenarios with fixed randomness, and what a meddler can and cannot do."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import cpace
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peer.bytes import to_base64url
from peer.pairing import (
    Effect,
    Member,
    Mismatched,
    Newcomer,
    Paired,
    PairKeys,
    Say,
    State,
    Unexpected,
    proof_mac,
)
from peer.wire.codec import decode_outer, encode
from peer.wire.notes import Commit, Confirm, Mismatch, Open, OuterNote, Share
from signaling.protocol.errors import Malformed
from tests.support.vectors import read_vectors

DRAFT = read_vectors("cpace")
VECTORS = read_vectors("pairing")
SECRET, ROOM, NEWCOMER, MEMBER = b"otter-maple-drum", "n7", "nEwC0mer_01", "mEmb3r-__02"


def fixed(hexadecimal: str) -> Callable[[int], bytes]:
    """Randomness that was drawn beforehand; fails when more is asked for."""
    rest = bytearray.fromhex(hexadecimal)

    def take(size: int) -> bytes:
        assert len(rest) >= size
        taken = bytes(rest[:size])
        del rest[:size]
        return taken

    return take


def new_pair(secret: bytes = SECRET, room: str = ROOM) -> tuple[Newcomer, Member]:
    return Newcomer(SECRET, ROOM, NEWCOMER, MEMBER), Member(secret, room, MEMBER, NEWCOMER)


def said(effects: list[Effect]) -> OuterNote:
    """The note among the effects, as it comes out of the server at the other end."""
    (note,) = [effect.note for effect in effects if isinstance(effect, Say)]
    return decode_outer(encode(note))


def keys_of(effects: list[Effect]) -> PairKeys:
    (keys,) = [effect.keys for effect in effects if isinstance(effect, Paired)]
    return keys


# The draft


def scalars(monkeypatch: pytest.MonkeyPatch, *scalars: str) -> None:
    monkeypatch.setattr(cpace, "secrets", SimpleNamespace(token_bytes=fixed("".join(scalars))))


def test_cpace_gives_what_the_draft_says(monkeypatch: pytest.MonkeyPatch) -> None:
    run = {name: bytes.fromhex(value) for name, value in DRAFT["run"].items()}
    scalars(monkeypatch, DRAFT["run"]["ya"], DRAFT["run"]["yb"])
    common = {"prs": run["PRS"], "sid": run["sid"], "ci": run["CI"]}
    a = cpace.CPace.start(role=cpace.CPaceRole.INITIATOR, ad=run["ADa"], **common)
    b = cpace.CPace.start(role=cpace.CPaceRole.RESPONDER, ad=run["ADb"], **common)
    assert (a.public_share, b.public_share) == (run["Ya"], run["Yb"])
    a.derive(b.public_share, run["ADb"])
    b.derive(a.public_share, run["ADa"])
    assert a.isk == b.isk == run["ISK_IR"]


@pytest.mark.parametrize("point", DRAFT["invalid_points"])
def test_cpace_refuses_the_invalid_points(point: str) -> None:
    side = cpace.CPace.start(role=cpace.CPaceRole.INITIATOR, prs=SECRET, sid=bytes(16))
    with pytest.raises(cpace.CPaceError):
        side.derive(bytes.fromhex(point))


@pytest.mark.parametrize("case", DRAFT["valid_points"], ids=lambda case: case["point"][:8])
def test_cpace_takes_the_points_that_only_look_invalid(case: dict[str, str]) -> None:
    side = cpace.CPace.start(role=cpace.CPaceRole.INITIATOR, prs=SECRET, sid=bytes(16))
    side.derive(bytes.fromhex(case["point"]))
    assert len(side.isk) == 64


# Shared with JavaScript


def as_vector(effect: Effect) -> dict[str, Any]:
    match effect:
        case Say(note):
            return {"say": json.loads(encode(note))}
        case Paired(keys):
            hexadecimal = {name: getattr(keys, name).hex() for name in ("send", "receive", "proof")}
            return {"paired": hexadecimal | {"sas": [each.name for each in keys.sas], "role": keys.role}}
        case Mismatched(reason):
            return {"mismatched": reason}


def machine(run: dict[str, Any], random: Callable[[int], bytes]) -> Newcomer | Member:
    secret, room, me, other = bytes.fromhex(run["secret"]), run["room"], run["me"], run["other"]
    if run["role"] == "newcomer":
        return Newcomer(secret, room, me, other, random)
    return Member(secret, room, me, other)


@pytest.mark.parametrize("run", VECTORS["runs"], ids=lambda run: run["name"])
def test_runs(run: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    random = fixed(run["random"])
    monkeypatch.setattr(cpace, "secrets", SimpleNamespace(token_bytes=random))
    side = machine(run, random)
    for step in run["steps"]:
        if "hear" not in step:
            assert isinstance(side, Newcomer)
            assert list(map(as_vector, side.start())) == step["effects"]
        elif "refused" in step:
            before = side.state
            with pytest.raises(Malformed) as caught:
                side.step(decode_outer(json.dumps(step["hear"])))
            assert type(caught.value).__name__ == step["refused"]
            assert side.state is before
        else:
            heard = decode_outer(json.dumps(step["hear"]))
            assert list(map(as_vector, side.step(heard))) == step["effects"]


@pytest.mark.parametrize("case", VECTORS["proofs"], ids=lambda case: case["role"])
def test_proof_mac(case: dict[str, Any]) -> None:
    key = bytes.fromhex(case["key"])
    assert proof_mac(key, case["role"], case["newcomer"], case["member"]) == case["mac"]
    assert proof_mac(key, case["role"], case["member"], case["newcomer"]) != case["mac"]


# Two machines joined by hand


def pair(newcomer: Newcomer, member: Member) -> tuple[list[Effect], list[Effect]]:
    """Carries the notes faithfully; the last effects of newcomer and member."""
    opened = newcomer.step(said(member.step(said(newcomer.start()))))
    answered = member.step(said(opened))
    return newcomer.step(said(answered)), answered


@settings(max_examples=20, deadline=None)
@given(st.binary(min_size=1, max_size=64))
def test_the_same_secret_gives_both_the_same_keys(secret: bytes) -> None:
    newcomer, member = Newcomer(secret, ROOM, NEWCOMER, MEMBER), Member(secret, ROOM, MEMBER, NEWCOMER)
    theirs, ours = map(keys_of, pair(newcomer, member))
    assert (theirs.send, theirs.receive) == (ours.receive, ours.send)
    assert (theirs.proof, theirs.sas) == (ours.proof, ours.sas)
    assert len({theirs.send, theirs.receive, theirs.proof}) == 3
    assert (theirs.role, ours.role) == ("newcomer", "member")


def test_a_wrong_secret_is_learnt_at_both_ends() -> None:
    newcomer, member = new_pair(secret=b"otter-maple-zebra")
    last_of_newcomer, last_of_member = pair(newcomer, member)
    assert last_of_newcomer == [Mismatched("told")]
    assert last_of_member[1:] == [Mismatched("secret")]
    assert newcomer.state is member.state is State.MISMATCHED


def test_two_runs_share_no_key() -> None:
    one, other = (keys_of(pair(*new_pair())[0]) for _ in range(2))
    assert {one.send, one.receive, one.proof}.isdisjoint({other.send, other.receive, other.proof})


def test_a_member_runs_with_several_newcomers_at_once() -> None:
    names = [f"newcomer_0{number}" for number in range(3)]
    newcomers = [Newcomer(SECRET, ROOM, name, MEMBER) for name in names]
    members = [Member(SECRET, ROOM, MEMBER, name) for name in names]
    shares = [said(member.step(said(newcomer.start()))) for newcomer, member in zip(newcomers, members, strict=True)]
    for newcomer, member, share in reversed(list(zip(newcomers, members, shares, strict=True))):
        answered = member.step(said(newcomer.step(share)))
        assert keys_of(newcomer.step(said(answered))).send == keys_of(answered).receive


def test_someone_between_without_the_secret_pairs_with_neither() -> None:
    """A server that plays member to the one and newcomer to the other, with a guess of its own."""
    newcomer, member = new_pair()
    false_member = Member(b"wrong-wrong-wrong", ROOM, MEMBER, NEWCOMER)
    false_newcomer = Newcomer(b"wrong-wrong-wrong", ROOM, NEWCOMER, MEMBER)
    opened = newcomer.step(said(false_member.step(said(newcomer.start()))))
    assert Mismatched("secret") in false_member.step(said(opened))
    false_open = said(false_newcomer.step(said(member.step(said(false_newcomer.start())))))
    assert Mismatched("secret") in member.step(false_open)
    tag_of_newcomer = said(opened)
    assert isinstance(tag_of_newcomer, Open)
    forged = Confirm(sid=tag_of_newcomer.sid, tag=to_base64url(bytes(64)))
    assert newcomer.step(forged) == [Mismatched("secret")]


def test_someone_between_cannot_splice_the_two_runs() -> None:
    """The same secret, but the server gave each end another id for the other: the runs do not fit together."""
    newcomer = Newcomer(SECRET, ROOM, NEWCOMER, "mallory-as-m")
    member = Member(SECRET, ROOM, MEMBER, "mallory-as-n")
    share = said(member.step(said(newcomer.start())))
    assert newcomer.step(share) == [Mismatched("share")]


@pytest.mark.parametrize("field", ["y", "ad", "nonce", "tag"])
def test_a_changed_opening_never_pairs(field: str) -> None:
    newcomer, member = new_pair()
    opened = said(newcomer.step(said(member.step(said(newcomer.start())))))
    assert isinstance(opened, Open)
    value: str = getattr(opened, field)
    changed = {field: ("B" if value[0] == "A" else "A") + value[1:]}
    effects = member.step(Open(**{name: getattr(opened, name) for name in opened.__struct_fields__} | changed))
    assert effects[-1] == Mismatched("secret" if field == "tag" else "commitment")


def test_a_run_starts_once() -> None:
    newcomer, _ = new_pair()
    newcomer.start()
    with pytest.raises(RuntimeError):
        newcomer.start()


NOTES: list[OuterNote] = [
    Commit(sid="A" * 22, h="A" * 43),
    Share(sid="A" * 22, y="A" * 43, ad=""),
    Open(sid="A" * 22, y="A" * 43, ad="", nonce="A" * 22, tag="A" * 86),
    Confirm(sid="A" * 22, tag="A" * 86),
    Mismatch(sid="A" * 22),
]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(NOTES), max_size=6))
def test_invented_notes_neither_pair_nor_harm(invented: list[OuterNote]) -> None:
    """Whatever a stranger says before the due notes, a newcomer that drops the refused ones still pairs."""
    newcomer, member = new_pair()
    first = said(newcomer.start())
    for note in invented:
        with pytest.raises(Unexpected):
            newcomer.step(note)
    opened = newcomer.step(said(member.step(first)))
    assert isinstance(newcomer.step(said(member.step(said(opened))))[0], Paired)


def test_keys_do_not_show_in_a_log() -> None:
    keys = keys_of(pair(*new_pair())[0])
    assert repr(keys.send) not in repr(keys)
    assert keys.proof.hex() not in repr(keys)
