from __future__ import annotations

import json
from typing import Any

import pytest

from peer.wire.frames import (
    MAX_MESSAGE,
    MAX_WANTED_LEAVES,
    Frame,
    FrameType,
    Range,
    Small,
    cut,
    pack,
    pack_done,
    pack_files,
    pack_got,
    pack_have,
    pack_leaf,
    pack_want,
    read_done,
    read_files,
    read_got,
    read_leaf,
    read_ranges,
    unpack,
)
from signaling.protocol.errors import Malformed
from tests.support.vectors import VECTORS

_document = json.loads((VECTORS / "frames.json").read_text("utf-8"))


def _name(vector: dict[str, Any]) -> str:
    return str(vector["name"])


def read_whole(message: bytes) -> Frame:
    """A frame and what is in it."""
    frame = unpack(message)
    match frame.type:
        case FrameType.WANT | FrameType.HAVE:
            read_ranges(frame.payload)
        case FrameType.FILES:
            read_files(frame)
        case FrameType.GOT:
            read_got(frame.payload)
        case FrameType.LEAF:
            read_leaf(frame.payload)
        case FrameType.DONE:
            read_done(frame.payload)
        case _:
            pass
    return frame


@pytest.mark.parametrize("vector", _document["frames"], ids=_name)
def test_reads_and_writes(vector: dict[str, Any]) -> None:
    message = bytes.fromhex(vector["hex"])
    frame = read_whole(message)
    header = (vector["type"], vector["file"], vector["leaf"], vector["offset"])
    assert frame[:4] == header
    match frame.type:
        case FrameType.WANT:
            ranges = [Range(*run) for run in vector["ranges"]]
            assert read_ranges(frame.payload) == ranges
            assert pack_want(ranges) == message
        case FrameType.HAVE:
            ranges = [Range(*run) for run in vector["ranges"]]
            assert read_ranges(frame.payload) == ranges
            assert list(pack_have(ranges)) == [message]
        case FrameType.GOT:
            totals = [(lane, count) for lane, count in vector["totals"]]
            assert read_got(frame.payload) == totals
            assert pack_got(totals) == message
        case FrameType.FILES:
            files = [
                (Small(file, len(data) // 2, bytes.fromhex(sha256)), bytes.fromhex(data))
                for file, sha256, data in vector["files"]
            ]
            assert [(small, bytes(data)) for small, data in read_files(frame)] == files
            assert pack_files(files) == message
        case FrameType.LEAF:
            assert read_leaf(frame.payload).hex() == vector["sha256"]
            assert pack_leaf(frame.file, frame.leaf, frame.offset, bytes.fromhex(vector["sha256"])) == message
        case FrameType.DONE:
            assert read_done(frame.payload) == (vector["size"], bytes.fromhex(vector["root"]))
            assert pack_done(frame.file, vector["size"], bytes.fromhex(vector["root"])) == message
        case _:
            assert frame.payload.hex() == vector["payload"]
            assert pack(frame.type, *frame[1:]) == message


@pytest.mark.parametrize("vector", _document["hostile"], ids=_name)
def test_refuses(vector: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        read_whole(bytes.fromhex(vector["hex"]))


def test_refuses_more_than_a_message_may_carry() -> None:
    unpack(bytes([FrameType.DATA]) + bytes(MAX_MESSAGE - 1))
    with pytest.raises(Malformed):
        unpack(bytes([FrameType.DATA]) + bytes(MAX_MESSAGE))


@pytest.mark.parametrize(("length", "max_message", "payload"), _document["cuts"])
def test_cuts_into_equal_frames(length: int, max_message: int, payload: int) -> None:
    assert cut(length, max_message) == payload


def test_what_is_held_takes_as_many_frames_as_it_needs() -> None:
    ranges = [Range(file, 0, 1) for file in range(MAX_WANTED_LEAVES + 1)]
    frames = [read_ranges(unpack(message).payload) for message in pack_have(ranges)]
    assert [len(frame) for frame in frames] == [MAX_WANTED_LEAVES, 1]
    assert [run for frame in frames for run in frame] == ranges
