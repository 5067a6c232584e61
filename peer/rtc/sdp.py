"""The few things that a peer reads out of a session description (RFC 8866), or changes in one, itself."""

from __future__ import annotations

import re

from peer.rtc.engine import EngineFailed

MAX_MESSAGE_BYTES = 256 * 1024
DEFAULT_MESSAGE_BYTES = 65536
"""What a peer takes that does not say (RFC 8841, section 6.1)."""

_FINGERPRINT = re.compile(r"^a=fingerprint:[ \t]*(\S+)[ \t]+(\S+)[ \t]*\r?$", re.MULTILINE)
_SHA256 = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){31}")
_OTHERS = re.compile(r"^a=fingerprint:(?!sha-256 ).*\r?\n", re.MULTILINE)
_MAX_MESSAGE = re.compile(r"^a=max-message-size:\s*([0-9]{1,19})\s*$", re.MULTILINE)
_STREAM = re.compile(r"^a=msid:\S+", re.MULTILINE)
_MEDIA = re.compile(r"^m=(\w+) ", re.MULTILINE)

SLOTS = ["video", "video", "audio", "audio", "application"]
"""Camera, screen, mic, sound, data: the order of every offer with media."""


def fingerprint_of(sdp: str) -> str:
    """The SHA-256 certificate fingerprint (RFC 8122), upper-case with colons.

    Raises:
        EngineFailed: there is none, there are two, or one by another hash: a library might check that one, while the
            proof speaks of this one.
    """
    found: set[tuple[str, str]] = {(name.lower(), value.upper()) for name, value in _FINGERPRINT.findall(sdp)}
    match list(found):
        case [("sha-256", value)] if _SHA256.fullmatch(value):
            return value
    raise EngineFailed(f"a description must hold one fingerprint, by SHA-256; this one holds {len(found)}")


def without_other_fingerprints(sdp: str) -> str:
    """The description with its SHA-256 fingerprints alone; aiortc writes each by three hashes."""
    return _OTHERS.sub("", sdp)


def in_step(sdp: str) -> str:
    """The description with camera and microphone in one stream, screen and its sound in another.

    What has a stream in common is played in step (RFC 8830, section 2); aiortc puts all in one.
    """
    streams = _STREAM.findall(sdp)
    if len(streams) != len(SLOTS) - 1:
        return sdp
    person, shared = streams[0], f"{streams[0]}-screen"
    renamed = iter((person, shared, person, shared))
    return _STREAM.sub(lambda _: next(renamed), sdp)


def max_message_of(sdp: str) -> int:
    """The longest message that the maker of this description takes, in bytes, at most ours."""
    said = _MAX_MESSAGE.search(sdp)
    size = int(said[1]) if said else DEFAULT_MESSAGE_BYTES
    return min(size or MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES)


def check_slots(sdp: str) -> None:
    """Refuses an offer that is laid out in any other way than ours.

    Raises:
        EngineFailed: its slots are neither the five of a call nor the data slot alone.
    """
    slots = _MEDIA.findall(sdp)
    if slots not in (SLOTS, SLOTS[-1:]):
        raise EngineFailed(f"an offer has the slots of a call or the data slot alone, this one has {slots[:8]}")
