"""An invite is one token: the secret that two peers share, and the room in which they meet.

    link   https://host/r#3Kf0…         22 characters, 128 bits     room: derived from the secret
    code   7-otter-maple-drum           words, 11 bits each         room: n7, never part of the secret

The token stands after `#`, which no browser sends to a server. Source: docs/protocol.md, section 1.
Twin: web/static/js/core/invite.js.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from peer.bytes import from_base64url, to_base64url
from peer.words import complete_word, draw_words
from signaling.protocol.errors import Malformed

SECRET_BYTES = 16
ROOM_CHARACTERS = 22
ROOM_INFO = b"twocans/1 room"
MIN_WORDS, DEFAULT_WORDS, MAX_WORDS = 2, 3, 8
MIN_WORD, MAX_WORD = 3, 16

_CODE = re.compile(r"[1-9][0-9]{0,8}([-_][a-z]{3,16}){2,8}", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_PART = re.compile(r"[0-9]+|[^\W\d_]+")
_FOREIGN = re.compile(r"[^a-z]")
_BENGALI_DIGITS = {ord("০") + digit: str(digit) for digit in range(10)}
"""A page in Bengali shows and types these."""


_SENTENCES = {
    "neither": "This is neither a code, like 7-otter-maple-drum, nor the whole of a link.",
    "count": "A code has a number and then its words, three as a rule, like 7-otter-maple-drum.",
    "letters": "The words of a code are English and have three letters or more, like 7-otter-maple-drum.",
    "link": "This is not a link to a room: it should begin with https:// and hold a # and a secret.",
    "page": "This link leads to no room: it should end with /r# or /f# and a secret. Copy all of it.",
}


class BadInvite(ValueError):
    """What was typed is no invite. The text is a sentence for the person who typed it and never holds a secret."""

    def __init__(self, reason: Literal["neither", "count", "letters", "link", "page"]) -> None:
        super().__init__(_SENTENCES[reason])
        self.reason = reason


@dataclass(frozen=True)
class Invite:
    """What one must know to come in. Its `repr` shows the room alone, so that it may stand in a log.

    Attributes:
        secret: the password of pairing: 16 random bytes, or the words joined by `-` in UTF-8.
        room: the server's name for the room: `n7`, or 22 characters that do not tell the secret.
        code: `7-otter-maple-drum`, or None for a link.
        token: what stands after `#`: the code, or the secret in base64url.
    """

    secret: bytes = field(repr=False)
    room: str
    code: str | None = field(repr=False)
    token: str = field(repr=False)

    def link(self, server: str, files: bool = False) -> str:
        """The page to open: the lobby of a call, or with `files` straight the files."""
        return f"{server.rstrip('/')}/{'f' if files else 'r'}#{self.token}"


def new_link_invite(random: Callable[[int], bytes] = secrets.token_bytes) -> Invite:
    """A fresh secret of 128 bits."""
    while True:
        secret = random(SECRET_BYTES)
        if not _CODE.fullmatch(to_base64url(secret)):  # rare: it would read as a code
            return _of_secret(secret)


def new_code_invite(
    room: str, words: int = DEFAULT_WORDS, random: Callable[[int], bytes] = secrets.token_bytes
) -> Invite:
    """A fresh spoken code for the reserved `room` (`n7`), with 11 bits for each of 2 to 8 words."""
    if not MIN_WORDS <= words <= MAX_WORDS:
        raise ValueError(f"a code has {MIN_WORDS} to {MAX_WORDS} words")
    return _of_words(room.removeprefix("n"), draw_words(words, random))


def parse_invite(text: str) -> tuple[Invite, str | None]:
    """Reads what a person typed, pasted or was handed.

    Args:
        text: a code in any spelling (`7 Otter maple drum`, words cut after three letters or more where only one
            fits), a bare token, or a whole link.

    Returns:
        The invite and, from a link, the base URL of its server.

    Raises:
        BadInvite: none of these.
    """
    text = text.strip()
    if "#" not in text and "://" not in text:
        return _of_token(text), None
    try:
        link = urlsplit(text)
    except ValueError:
        raise BadInvite("link") from None
    if link.scheme not in ("http", "https") or not link.hostname:
        raise BadInvite("link")
    base, _, page = link.path.rpartition("/")
    if page not in ("r", "f") or not link.fragment:
        raise BadInvite("page")
    return _of_token(link.fragment), f"{link.scheme}://{link.netloc}{base}"


def _of_token(token: str) -> Invite:
    if len(token) == ROOM_CHARACTERS and not _CODE.fullmatch(token):
        try:
            return _of_secret(from_base64url(token))
        except Malformed:
            pass  # a code may have 22 characters too
    return _of_code(token)


def _of_code(text: str) -> Invite:
    spelled = unicodedata.normalize("NFKC", text).lower().translate(_BENGALI_DIGITS)
    number, *typed = _PART.findall(spelled) or [""]
    number = number.lstrip("0")
    if not _NUMBER.fullmatch(number):
        raise BadInvite("neither")
    if not MIN_WORDS <= len(typed) <= MAX_WORDS:
        raise BadInvite("count")
    if any(_FOREIGN.search(word) or not MIN_WORD <= len(word) <= MAX_WORD for word in typed):
        raise BadInvite("letters")
    return _of_words(number, [complete_word(word) or word for word in typed])


def _of_words(number: str, words: list[str]) -> Invite:
    password = "-".join(words)
    code = f"{number}-{password}"
    return Invite(secret=password.encode(), room=f"n{number}", code=code, token=code)


def _of_secret(secret: bytes) -> Invite:
    name = HKDF(SHA256(), 32, salt=None, info=ROOM_INFO).derive(secret)
    return Invite(secret, room=to_base64url(name)[:ROOM_CHARACTERS], code=None, token=to_base64url(secret))
