"""Pairing proves to two peers that they know the same secret, and gives them keys that nobody else has.

    newcomer                                                     member
       │ commit  sid, h = SHA-256(Ya ‖ ADa ‖ nonce)                │
       ├──────────────────────────────────────────────────────────►│
       │                                           share   Yb, ADb │
       │◄──────────────────────────────────────────────────────────┤
       │ open    Ya, ADa, nonce, tag                               │
       ├──────────────────────────────────────────────────────────►│  h, then Ya and ADa, then the tag
       │                         confirm  tag      or     mismatch │
       │◄──────────────────────────────────────────────────────────┤

The notes travel through the server, which may read, change, drop and invent them. CPace (CPACE-X25519-SHA512,
draft-irtf-cfrg-cpace-21) gives whoever meddles one guess at the secret a run and nothing to grind offline; the
commitment leaves someone who does know the secret one try in 2**24 at the safety emoji in a run with each end.

    CI   lv("twocans/1") ‖ lv(room) ‖ lv(newcomer's id) ‖ lv(member's id)
    AD   lv(role) ‖ lv(own id)                             role is "newcomer" or "member"
    key  HKDF-SHA256(ISK, salt = sid, info)                info as in `_keys`

One machine serves one run of one pair. A code room is safe with one guess only if its creator drops *all* its
machines when one of them says Mismatched. Source: docs/protocol.md, section 3. Twin: web/static/js/core/pairing.js.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Literal

from cpace import CPace, CPaceError, CPaceRole
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from peer.bytes import from_base64url, lv, to_base64url
from peer.sas import SAS_BYTES, Emoji, emoji_of
from peer.wire.notes import Commit, Confirm, Mismatch, Open, OuterNote, Share
from signaling.protocol.errors import Malformed

LABEL = b"twocans/1"
SID_BYTES = NONCE_BYTES = 16
KEY_BYTES = 32

Role = Literal["newcomer", "member"]
Why = Literal[
    "secret",  # the other's proof is wrong: another secret, or a note was changed on its way
    "told",  # the member says that our proof is wrong
    "commitment",  # what was opened is not what was committed to
    "share",  # an invalid point, our own share sent back, or one that names another peer
]


@dataclass(frozen=True)
class PairKeys:
    """What pairing yields. The keys of the two peers are the same, with `send` and `receive` swapped.

    Attributes:
        send: AES-256-GCM key for notes that this side seals.
        receive: AES-256-GCM key for notes that the other side seals.
        proof: HMAC-SHA256 key for `proof_mac`.
        sas: the safety emoji, equal at both ends.
        role: which end this is.
    """

    send: bytes = field(repr=False)
    receive: bytes = field(repr=False)
    proof: bytes = field(repr=False)
    sas: tuple[Emoji, Emoji, Emoji, Emoji]
    role: Role


@dataclass(frozen=True)
class Say:
    """Send this note to the other."""

    note: OuterNote


@dataclass(frozen=True)
class Paired:
    """The other has proven that it knows the secret. The run is over."""

    keys: PairKeys


@dataclass(frozen=True)
class Mismatched:
    """The other has not proven that it knows the secret. The run is over, and a code is spent."""

    reason: Why


Effect = Say | Paired | Mismatched


class Unexpected(Malformed):
    """They erred: a note out of order or of another run. Nothing has changed; drop the note and go on."""


class State(Enum):
    """Where a run stands. A newcomer commits, then opens; a member shares."""

    IDLE = auto()
    COMMITTED = auto()
    OPENED = auto()
    SHARED = auto()
    PAIRED = auto()
    MISMATCHED = auto()


class Newcomer:
    """The end that came later; it speaks first."""

    def __init__(
        self,
        secret: bytes,
        room: str,
        me: str,
        other: str,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self.state = State.IDLE
        self._theirs = _ad("member", other)
        self._ad = _ad("newcomer", me)
        self._sid = random(SID_BYTES)
        self._cpace = CPace.start(
            role=CPaceRole.INITIATOR, prs=secret, sid=self._sid, ci=_ci(room, me, other), ad=self._ad
        )
        self._nonce = random(NONCE_BYTES)

    def start(self) -> list[Effect]:
        """Opens the run. Once."""
        if self.state is not State.IDLE:
            raise RuntimeError("a run starts once")
        self.state = State.COMMITTED
        h = _commitment(self._cpace.public_share, self._ad, self._nonce)
        return [Say(Commit(sid=to_base64url(self._sid), h=to_base64url(h)))]

    def step(self, note: OuterNote) -> list[Effect]:
        """A note of the member.

        Raises:
            Unexpected: not the note that is due, or of another run.
        """
        match self.state, note:
            case State.COMMITTED, Share():
                _same_run(note.sid, self._sid)
                return self._shared(note)
            case State.OPENED, Confirm():
                _same_run(note.sid, self._sid)
                return self._confirmed(note)
            case State.OPENED, Mismatch():
                _same_run(note.sid, self._sid)
                self.state = State.MISMATCHED
                return [Mismatched("told")]
            case _:
                raise Unexpected(f"{type(note).__name__} does not belong where {self.state.name} is")

    def _shared(self, note: Share) -> list[Effect]:
        if not _take_share(self._cpace, note.y, note.ad, self._theirs):
            self.state = State.MISMATCHED
            return [Mismatched("share")]
        self.state = State.OPENED
        opened = Open(
            sid=note.sid,
            y=to_base64url(self._cpace.public_share),
            ad=to_base64url(self._ad),
            nonce=to_base64url(self._nonce),
            tag=to_base64url(self._cpace.tag()),
        )
        return [Say(opened)]

    def _confirmed(self, note: Confirm) -> list[Effect]:
        if not self._cpace.verify(from_base64url(note.tag)):
            self.state = State.MISMATCHED
            return [Mismatched("secret")]
        self.state = State.PAIRED
        return [Paired(_keys("newcomer", self._cpace.isk, self._sid))]


class Member:
    """The end that was there before. It may run many of these at once, one for each newcomer."""

    _sid: bytes  # these three stand from the commit on
    _h: bytes
    _cpace: CPace

    def __init__(self, secret: bytes, room: str, me: str, other: str) -> None:
        self.state = State.IDLE
        self._secret = secret
        self._ci = _ci(room, other, me)
        self._ad = _ad("member", me)
        self._theirs = _ad("newcomer", other)

    def step(self, note: OuterNote) -> list[Effect]:
        """A note of the newcomer.

        Raises:
            Unexpected: not the note that is due, or of another run.
        """
        match self.state, note:
            case State.IDLE, Commit():
                return self._committed(note)
            case State.SHARED, Open():
                _same_run(note.sid, self._sid)
                return self._opened(note)
            case _:
                raise Unexpected(f"{type(note).__name__} does not belong where {self.state.name} is")

    def _committed(self, note: Commit) -> list[Effect]:
        self._sid = from_base64url(note.sid)
        self._h = from_base64url(note.h)
        self._cpace = CPace.start(role=CPaceRole.RESPONDER, prs=self._secret, sid=self._sid, ci=self._ci, ad=self._ad)
        self.state = State.SHARED
        share = to_base64url(self._cpace.public_share)
        return [Say(Share(sid=note.sid, y=share, ad=to_base64url(self._ad)))]

    def _opened(self, note: Open) -> list[Effect]:
        y, ad, nonce, tag = map(from_base64url, (note.y, note.ad, note.nonce, note.tag))
        if not hmac.compare_digest(_commitment(y, ad, nonce), self._h):
            return self._refuse(note, "commitment")
        if not _take_share(self._cpace, note.y, note.ad, self._theirs):
            return self._refuse(note, "share")
        if not self._cpace.verify(tag):
            return self._refuse(note, "secret")
        self.state = State.PAIRED
        confirm = Confirm(sid=note.sid, tag=to_base64url(self._cpace.tag()))
        return [Say(confirm), Paired(_keys("member", self._cpace.isk, self._sid))]

    def _refuse(self, note: Open, reason: Why) -> list[Effect]:
        self.state = State.MISMATCHED
        return [Say(Mismatch(sid=note.sid)), Mismatched(reason)]


def proof_mac(key: bytes, role: Role, newcomer: str, member: str) -> str:
    """The `mac` of the `proof` that `role` says first on the control channel.

    Args:
        key: `PairKeys.proof`.
        role: of the end that speaks.
        newcomer: SHA-256 fingerprint of the newcomer's DTLS certificate as RFC 8122 writes it, "AA:BB:…".
        member: the member's.

    Returns:
        HMAC-SHA256 in base64url; compare with `hmac.compare_digest`.
    """
    said = LABEL + b" proof" + role.encode() + newcomer.encode() + member.encode()
    return to_base64url(hmac.digest(key, said, "sha256"))


def again_mac(before: bytes, now: bytes) -> str:
    """The `again` of a `knock`: whoever says it was linked with before.

    Args:
        before: `PairKeys.proof` of the last pairing of the two.
        now: that of the pairing in which it is said.

    Returns:
        HMAC-SHA256 in base64url; compare with `hmac.compare_digest`.
    """
    return to_base64url(hmac.digest(before, LABEL + b" again" + now, "sha256"))


def _ci(room: str, newcomer: str, member: str) -> bytes:
    return lv(LABEL, room.encode(), newcomer.encode(), member.encode())


def _ad(role: Role, peer: str) -> bytes:
    return lv(role.encode(), peer.encode())


def _commitment(y: bytes, ad: bytes, nonce: bytes) -> bytes:
    return hashlib.sha256(y + ad + nonce).digest()


def _same_run(sid: str, ours: bytes) -> None:
    if sid != to_base64url(ours):
        raise Unexpected("a note of another run")


def _take_share(cpace: CPace, y: str, ad: str, expected_ad: bytes) -> bool:
    """Whether the other's share is a valid point, not our own, and said by the one whom we pair with."""
    share, said_by = from_base64url(y), from_base64url(ad)
    if said_by != expected_ad or share == cpace.public_share:
        return False
    try:
        cpace.derive(share, said_by)
    except CPaceError:
        return False
    return True


def _keys(role: Role, isk: bytes, sid: bytes) -> PairKeys:
    def derive(info: bytes, size: int) -> bytes:
        return HKDF(SHA256(), size, salt=sid, info=info).derive(isk)

    newcomer = derive(LABEL + b" seal newcomer", KEY_BYTES)  # seals what the newcomer says
    member = derive(LABEL + b" seal member", KEY_BYTES)
    send, receive = (newcomer, member) if role == "newcomer" else (member, newcomer)
    sas = emoji_of(derive(b"sas", SAS_BYTES))
    return PairKeys(send, receive, derive(LABEL + b" proof", KEY_BYTES), sas, role)
