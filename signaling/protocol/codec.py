"""Text to message and back; anything that is not exactly a message is refused."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from signaling.protocol.errors import Malformed
from signaling.protocol.messages import MAX_FRAME_BYTES, Command, Notice

_commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_notices: msgspec.json.Decoder[Notice] = msgspec.json.Decoder(Notice)
_encoder = msgspec.json.Encoder()

M = TypeVar("M", bound=Command | Notice)


def decode_command(text: str | bytes) -> Command:
    """A client's frame as a message.

    Raises:
        Malformed: too long, not JSON, an unknown type, or a field outside its limits.
    """
    return _decode(_commands, text)


def decode_notice(text: str | bytes) -> Notice:
    """A server's frame as a message.

    Raises:
        Malformed: too long, not JSON, an unknown type, or a field outside its limits.
    """
    return _decode(_notices, text)


def encode(message: Command | Notice) -> str:
    """The one text form of a message."""
    return _encoder.encode(message).decode()


def numbered(message: M, number: int) -> M:
    """The same message with its place in the stream: `cseq` for a command, `seq` for a notice."""
    field = "cseq" if isinstance(message, Command) else "seq"
    return msgspec.structs.replace(message, **{field: number})


def _decode(decoder: msgspec.json.Decoder[M], text: str | bytes) -> M:
    size = len(text) if isinstance(text, bytes) else len(text.encode(errors="surrogatepass"))
    if size > MAX_FRAME_BYTES:
        raise Malformed(f"a frame may have {MAX_FRAME_BYTES} bytes, this one has {size}")
    try:
        return decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise Malformed(str(error)) from None
