"""The leaves of one source, read and hashed once for all receivers that move together.

A leaf stays in memory until each of them has had it, and while some are expected who have not come yet; but only the
latest 64 MiB do: who falls behind has it read again.
Twin: web/static/js/io/shared_leaves.js.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from hashlib import sha256
from threading import Lock
from typing import NamedTuple

MOST_BYTES = 64 * 1024 * 1024


class Leaf(NamedTuple):
    """The bytes of a leaf, and their SHA-256."""

    data: bytes
    sha256: bytes


class _Kept:
    def __init__(self) -> None:
        self.leaf: Future[Leaf] = Future()
        self.had: set[object] = set()


class SharedLeaves:
    """For any number of threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._receivers: set[object] = set()
        self._expected = 1
        self._came = 0
        self._kept: OrderedDict[tuple[int, int], _Kept] = OrderedDict()
        self._bytes = 0

    def expect(self, receivers: int) -> None:
        """So many will come, all in all: until they have, leaves are kept for who is yet to begin."""
        with self._lock:
            self._expected = receivers

    def take(self, receiver: object, file: int, leaf: int, read: Callable[[], bytes]) -> Leaf:
        """A leaf for one of the receivers, which counts as one from its first leaf on; `read` is called if it must be.

        Raises whatever `read` raises.
        """
        with self._lock:
            self._came += receiver not in self._receivers
            self._receivers.add(receiver)
            kept = self._kept.get((file, leaf))
            first = kept is None
            if kept is None and (len(self._receivers) > 1 or not self._all_came):
                kept = self._kept[file, leaf] = _Kept()
            if kept is not None:
                kept.had.add(receiver)
        if kept is None:
            return _hashed(read())
        if not first:
            try:
                return kept.leaf.result()
            finally:
                with self._lock:
                    self._forget_if_had((file, leaf), kept)
        try:
            made = _hashed(read())
        except BaseException as error:
            with self._lock:
                self._kept.pop((file, leaf), None)
            kept.leaf.set_exception(error)
            raise
        kept.leaf.set_result(made)
        with self._lock:
            self._bytes += len(made.data)
            self._forget_if_had((file, leaf), kept)
            self._forget_what_is_too_much()
        return made

    def part(self, receiver: object) -> None:
        """It wants no more."""
        with self._lock:
            self._receivers.discard(receiver)
            for key, kept in list(self._kept.items()):
                self._forget_if_had(key, kept)

    @property
    def _all_came(self) -> bool:
        return self._came >= self._expected

    def _forget_if_had(self, key: tuple[int, int], kept: _Kept) -> None:
        """Everybody has had it, and nobody else is to come."""
        if self._all_came and self._receivers <= kept.had and self._kept.get(key) is kept and kept.leaf.done():
            self._forget(key)

    def _forget_what_is_too_much(self) -> None:
        """The oldest first."""
        while self._bytes > MOST_BYTES:
            self._forget(next(key for key, kept in self._kept.items() if kept.leaf.done()))

    def _forget(self, key: tuple[int, int]) -> None:
        self._bytes -= len(self._kept.pop(key).leaf.result().data)


def _hashed(data: bytes) -> Leaf:
    return Leaf(data, sha256(data).digest())
