"""Bytes as text and bytes in line: base64url without padding (RFC 4648, section 5) and length-prefixed strings."""

from __future__ import annotations

import base64
import binascii

from signaling.protocol.errors import Malformed


def to_base64url(data: bytes) -> str:
    """The one text form of `data`."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes that `text` stands for.

    Raises:
        Malformed: padding, a foreign character, or stray bits at the end, which would give one value two spellings.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("not base64url") from None
    if to_base64url(data) != text:
        raise Malformed("not the one base64url spelling of its bytes")
    return data


def lv(*parts: bytes) -> bytes:
    """Each part after its length in LEB128, so that no two lists of parts give the same bytes.

    Source: draft-irtf-cfrg-cpace-21, appendix A.1 (`prepend_len`, `lv_cat`).
    """
    return b"".join(_length(len(part)) + part for part in parts)


def _length(number: int) -> bytes:
    digits = bytearray()
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    digits.append(number)
    return bytes(digits)
