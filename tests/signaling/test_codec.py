"""The signaling codec against the vectors that the page's codec runs too."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from signaling.protocol.codec import decode_command, decode_notice, encode, numbered
from signaling.protocol.errors import Malformed
from signaling.protocol.messages import MAX_FRAME_BYTES, Arrived, Ping
from tests.support.vectors import message_vectors

DECODE: dict[str, Any] = {"command": decode_command, "notice": decode_notice}


@pytest.mark.parametrize("vector", message_vectors("valid", *DECODE), ids=lambda vector: vector["name"])
def test_reads_a_valid_text_and_writes_it_back(vector: dict[str, Any]) -> None:
    message = DECODE[vector["decoder"]](vector["text"])
    assert msgspec.to_builtins(message) == vector["value"]
    assert DECODE[vector["decoder"]](encode(message)) == message


@pytest.mark.parametrize("vector", message_vectors("hostile", *DECODE), ids=lambda vector: vector["name"])
def test_refuses_a_hostile_text(vector: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        DECODE[vector["decoder"]](vector["text"])


def test_measures_a_frame_in_bytes_of_utf8() -> None:
    longest = '{"type":"ping"' + " " * (MAX_FRAME_BYTES - len('{"type":"ping"}')) + "}"
    assert decode_command(longest) == decode_command(longest.encode()) == Ping()
    with pytest.raises(Malformed, match="65538"):
        decode_command(longest[:-1].replace(" ", "\N{EM SPACE}", 1) + "}")


def test_refuses_bytes_that_are_not_utf8() -> None:
    with pytest.raises(Malformed):
        decode_command(b'{"type":"relay","to":"*","body":"\xff"}')


def test_numbers_commands_and_notices_in_their_own_field() -> None:
    assert numbered(Ping(), 3).cseq == 3
    assert numbered(Arrived(peer="AAECAwQFBgc"), 4).seq == 4
