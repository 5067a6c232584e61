"""Notes, control messages and frames against the vectors that the page runs too."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from peer.wire.codec import decode_control, decode_inner, decode_outer, encode
from peer.wire.control import MAX_CHAT, Chat
from peer.wire.frames import HEADER_BYTES, MAX_PAYLOAD, Frame, FrameType, pack, unpack
from signaling.protocol.errors import Malformed
from tests.support.vectors import message_vectors

DECODE: dict[str, Any] = {"outer": decode_outer, "inner": decode_inner, "control": decode_control}


@pytest.mark.parametrize("vector", message_vectors("valid", *DECODE), ids=lambda vector: vector["name"])
def test_reads_a_valid_text_and_writes_it_back(vector: dict[str, Any]) -> None:
    message = DECODE[vector["decoder"]](vector["text"])
    assert msgspec.to_builtins(message) == vector["value"]
    assert DECODE[vector["decoder"]](encode(message)) == message


@pytest.mark.parametrize("vector", message_vectors("hostile", *DECODE), ids=lambda vector: vector["name"])
def test_refuses_a_hostile_text(vector: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        DECODE[vector["decoder"]](vector["text"])


@pytest.mark.parametrize("count", [4000, 4001])
def test_counts_the_length_of_a_text_in_code_points(count: int) -> None:
    text = encode(Chat(id="AAECAwQFBgc", text="\N{DRUM WITH DRUMSTICKS}" * count, at=1))
    if count <= MAX_CHAT:
        assert encode(decode_control(text)) == text
    else:
        with pytest.raises(Malformed, match="length"):
            decode_control(text)


def test_a_frame_comes_back_as_it_was_packed() -> None:
    message = pack(FrameType.DATA, 2**32 - 1, 7, 1024, b"abc")
    assert message[:HEADER_BYTES].hex() == "03ffffffff0000000700000400"
    assert unpack(message) == Frame(FrameType.DATA, 2**32 - 1, 7, 1024, memoryview(b"abc"))


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x01" * (HEADER_BYTES - 1),
        b"\x00" * HEADER_BYTES,
        b"\xff" * HEADER_BYTES,
        bytes([3]) * (HEADER_BYTES + MAX_PAYLOAD + 1),
    ],
    ids=["empty", "short", "type 0", "type 255", "too long"],
)
def test_refuses_what_is_not_a_frame(message: bytes) -> None:
    with pytest.raises(Malformed):
        unpack(message)
