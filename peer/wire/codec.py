"""JSON text of notes and control messages; anything that is not exactly one of them is refused."""

from __future__ import annotations

import msgspec

from peer.wire.control import MAX_CONTROL_BYTES, Control
from peer.wire.notes import InnerNote, OuterNote
from signaling.protocol.errors import Malformed

_outer: msgspec.json.Decoder[OuterNote] = msgspec.json.Decoder(OuterNote)
_inner: msgspec.json.Decoder[InnerNote] = msgspec.json.Decoder(InnerNote)
_control: msgspec.json.Decoder[Control] = msgspec.json.Decoder(Control)
_encoder = msgspec.json.Encoder()


def encode(message: OuterNote | InnerNote | Control) -> str:
    """The one text form of a note or control message."""
    return _encoder.encode(message).decode()


def decode_outer(text: str | bytes) -> OuterNote:
    """The body of a relayed frame. Raises Malformed."""
    try:
        return _outer.decode(text)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise Malformed(str(error)) from None


def decode_inner(text: str | bytes) -> InnerNote:
    """What was inside a seal. Raises Malformed."""
    try:
        return _inner.decode(text)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise Malformed(str(error)) from None


def decode_control(text: str | bytes) -> Control:
    """A message of the `control` channel. Raises Malformed."""
    size = len(text) if isinstance(text, bytes) else len(text.encode(errors="surrogatepass"))
    if size > MAX_CONTROL_BYTES:
        raise Malformed(f"a control message may have {MAX_CONTROL_BYTES} bytes, this one has {size}")
    try:
        return _control.decode(text)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise Malformed(str(error)) from None
