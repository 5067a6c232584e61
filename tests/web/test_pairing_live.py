"""A Python machine pairs with the page's machine, alive in Node, with fresh randomness at both ends."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from peer.invite import new_code_invite, new_link_invite
from peer.pairing import Effect, Member, Mismatched, Newcomer, Paired, Role, Say, proof_mac
from peer.sealed import Seal
from peer.wire.codec import decode_inner, decode_outer, encode
from peer.wire.notes import Answer, Offer, OuterNote, Sealed
from tests.support.node import NODE

OURS, THEIRS = "python-peer", "nodejs-peer"
FINGERPRINTS = {"newcomer": ":".join(["AA"] * 32), "member": ":".join(["BB"] * 32)}


class Page:
    """The page's side, in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, order: str, value: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({order: value}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def hear(self, note: OuterNote) -> list[dict[str, Any]]:
        effects: list[dict[str, Any]] = self.ask("step", json.loads(encode(note)))
        return effects


@pytest.fixture
def page() -> Iterator[Page]:
    script = Path(__file__).with_name("twins") / "pairing_peer.mjs"
    pipe = subprocess.PIPE
    with subprocess.Popen([NODE, script], stdin=pipe, stdout=pipe, text=True, encoding="utf-8") as process:
        yield Page(process)


def note_in(effects: list[Effect]) -> OuterNote:
    (note,) = [effect.note for effect in effects if isinstance(effect, Say)]
    return note


def said(effects: list[dict[str, Any]]) -> OuterNote:
    (note,) = [effect["note"] for effect in effects if effect["type"] == "say"]
    return decode_outer(json.dumps(note))


def run(page: Page, role: Role, room: str, ours: bytes, theirs: bytes) -> tuple[list[Effect], list[dict[str, Any]]]:
    """Carries a whole run between us, in `role`, and the page; the last effects of both."""
    other: Role = "member" if role == "newcomer" else "newcomer"
    start = page.ask("pair", {"role": other, "secret": theirs.hex(), "room": room, "me": THEIRS, "other": OURS})
    if role == "newcomer":
        newcomer = Newcomer(ours, room, OURS, THEIRS)
        share = said(page.hear(note_in(newcomer.start())))
        answered = page.hear(note_in(newcomer.step(share)))
        return newcomer.step(said(answered)), answered
    member = Member(ours, room, OURS, THEIRS)
    opened = page.hear(note_in(member.step(said(start))))
    effects = member.step(said(opened))
    return effects, page.hear(note_in(effects))


@pytest.mark.parametrize("role", ["newcomer", "member"])
@pytest.mark.parametrize("invite", [new_code_invite("n7"), new_link_invite()], ids=["code", "link"])
def test_python_and_the_page_pair_and_talk(page: Page, role: Role, invite: Any) -> None:
    ours, theirs = run(page, role, invite.room, invite.secret, invite.secret)
    (keys,) = [effect.keys for effect in ours if isinstance(effect, Paired)]
    assert {"type": "paired", "sas": [each.name for each in keys.sas]} in theirs

    seal = Seal(keys, invite.room, OURS, THEIRS)
    offer, answer = Offer(epoch=1, sdp="v=0\r\n… ☎"), Answer(epoch=1, sdp="v=0\r\n")
    for _ in range(3):
        assert decode_inner(json.dumps(page.ask("open", json.loads(encode(seal.seal(offer)))))) == offer
        sealed = decode_outer(json.dumps(page.ask("seal", json.loads(encode(answer)))))
        assert isinstance(sealed, Sealed)
        assert seal.open(sealed) == answer

    for speaker in ("newcomer", "member"):
        theirs_says = page.ask("proof", {"role": speaker, **FINGERPRINTS})
        assert theirs_says == proof_mac(keys.proof, speaker, FINGERPRINTS["newcomer"], FINGERPRINTS["member"])


@pytest.mark.parametrize("role", ["newcomer", "member"])
def test_a_wrong_word_is_learnt_by_python_and_by_the_page(page: Page, role: Role) -> None:
    ours, theirs = run(page, role, "n7", b"otter-maple-drum", b"otter-maple-zebra")
    told, found = Mismatched("told"), Mismatched("secret")
    assert ours[-1] == (told if role == "newcomer" else found)
    reason = (found if role == "newcomer" else told).reason
    assert theirs[-1] == {"type": "mismatched", "reason": reason}
