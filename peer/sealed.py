"""Seals notes for one remote peer and opens its notes; the server carries them and can neither read nor change them.

    box   AES-256-GCM(key of the direction, nonce, inner note as JSON, associated data)
    nonce 12 bytes, big-endian: the counter `n`, from 0, without gaps
    data  lv("twocans/1") ‖ lv(room) ‖ lv(from) ‖ lv(to) ‖ lv(nonce)

Source: docs/protocol.md, section 3. Twin: web/static/js/core/sealed.js.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from peer.bytes import from_base64url, lv, to_base64url
from peer.pairing import LABEL, PairKeys
from peer.wire.codec import decode_inner, encode
from peer.wire.notes import InnerNote, Sealed
from signaling.protocol.errors import Malformed

NONCE_BYTES = 12
MAX_COUNTER = 2**32 - 1
MAX_BOX_CHARACTERS = 56_000


class SealBroken(Malformed):
    """They, or the server, erred: a note is forged, replayed, out of order, or one before it is missing.

    Nothing has changed: the note that is due still opens.
    """


class Seal:
    """Both directions between `me` and `other`, for as long as the keys of one pairing live."""

    def __init__(self, keys: PairKeys, room: str, me: str, other: str) -> None:
        self._sending = AESGCM(keys.send)
        self._receiving = AESGCM(keys.receive)
        self._room, self._me, self._other = room.encode(), me.encode(), other.encode()
        self._sent = 0
        self._opened = 0

    def seal(self, inner: InnerNote) -> Sealed:
        """The next note to the other.

        Raises:
            ValueError: we erred: the note is too long to be sealed, or the counter is used up.
        """
        if self._sent > MAX_COUNTER:
            raise ValueError("the counter is used up")
        nonce = self._sent.to_bytes(NONCE_BYTES)
        data = lv(LABEL, self._room, self._me, self._other, nonce)
        box = to_base64url(self._sending.encrypt(nonce, encode(inner).encode(), data))
        if len(box) > MAX_BOX_CHARACTERS:
            raise ValueError(f"{type(inner).__name__} does not fit into a sealed note")
        note = Sealed(n=self._sent, box=box)
        self._sent += 1
        return note

    def open(self, note: Sealed) -> InnerNote:
        """The next note of the other.

        Raises:
            SealBroken: not the next one, or not sealed by the other.
            Malformed: sealed by the other, and yet no note.
        """
        if note.n != self._opened:
            raise SealBroken(f"sealed note {note.n} came where {self._opened} was due")
        nonce = note.n.to_bytes(NONCE_BYTES)
        data = lv(LABEL, self._room, self._other, self._me, nonce)
        try:
            text = self._receiving.decrypt(nonce, from_base64url(note.box), data)
        except (InvalidTag, Malformed):
            raise SealBroken(f"sealed note {note.n} was not sealed by the other") from None
        self._opened += 1
        return decode_inner(text)
