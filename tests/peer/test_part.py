from __future__ import annotations

import mmap
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from peer.part import LARGE_BYTES, Part
from peer.wire.frames import LEAF_BYTES

LARGE = LARGE_BYTES + 1000
BYTES = os.urandom(LEAF_BYTES)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    handle = os.open(tmp_path, os.O_RDONLY)
    yield handle
    os.close(handle)


@pytest.fixture
def large(folder: int) -> Iterator[Part]:
    part = Part("part", folder, 0o600, LARGE)
    if not part.direct:
        pytest.skip("the file system here knows only the page cache")
    yield part
    part.close()


def leaf() -> memoryview:
    buffer = mmap.mmap(-1, LEAF_BYTES)
    buffer[:] = BYTES
    return memoryview(buffer)


def is_cached(part: Part, offset: int) -> bool:
    try:
        return bool(os.preadv(part.handle, [bytearray(4096)], offset, os.RWF_NOWAIT))
    except BlockingIOError:
        return False


def test_whole_leaves_of_a_large_file_go_past_the_page_cache(large: Part) -> None:
    large.write(leaf(), 3 * LEAF_BYTES)
    large.write(memoryview(BYTES)[:1000], 4 * LEAF_BYTES)
    assert [is_cached(large, at * LEAF_BYTES) for at in (3, 4)] == [False, True]
    assert os.pread(large.handle, LEAF_BYTES, 3 * LEAF_BYTES) == BYTES
    assert os.pread(large.handle, LEAF_BYTES, 4 * LEAF_BYTES) == BYTES[:1000]


def test_what_is_read_is_never_older_than_what_was_written(large: Part) -> None:
    os.ftruncate(large.handle, LARGE)
    assert os.pread(large.handle, LEAF_BYTES, 0) == bytes(LEAF_BYTES)  # zeros are in the page cache now
    large.write(leaf(), 0)
    assert os.pread(large.handle, LEAF_BYTES, 0) == BYTES
    os.pwrite(large.handle, bytes(100), 0)
    large.write(leaf(), 0)
    assert os.pread(large.handle, LEAF_BYTES, 0) == BYTES


def test_after_a_refusal_everything_goes_through_the_page_cache(large: Part) -> None:
    askew = memoryview(mmap.mmap(-1, LEAF_BYTES + 4096))[1 : LEAF_BYTES + 1]  # no disk takes it from there
    askew[:] = BYTES
    large.write(askew, 0)
    assert not large.direct
    large.write(leaf(), LEAF_BYTES)
    assert os.pread(large.handle, 2 * LEAF_BYTES, 0) == BYTES + BYTES


def test_where_a_file_may_not_grow_the_write_fails(large: Part) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LEAF_BYTES + LEAF_BYTES // 2, hard))
    try:
        large.write(leaf(), 0)
        with pytest.raises(OSError, match="too large"):
            large.write(leaf(), LEAF_BYTES)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [LARGE_BYTES, -1])
def test_other_files_use_the_page_cache(folder: int, size: int) -> None:
    part = Part("part", folder, 0o600, size)
    assert not part.direct
    part.write(leaf(), 0)
    assert os.pread(part.handle, LEAF_BYTES, 0) == BYTES
    part.close()


def test_a_part_leaves_no_handle_open(folder: int) -> None:
    before = os.listdir("/dev/fd")
    part = Part("part", folder, 0o600, LARGE)
    part.write(leaf(), 0)
    part.close()
    assert os.listdir("/dev/fd") == before
