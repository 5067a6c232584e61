"""The leaves of one source, read and hashed once for all receivers that move together.

A leaf stays in memory until each of them has had it, but only the latest 64 MiB do: who falls behind has it read again.
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
        self._kept: OrderedDict[tuple[int, int], _Kept] = OrderedDict()
        self._bytes = 0

    def take(self, receiver: object, file: int, leaf: int, read: Callable[[], bytes]) -> Leaf:
        """A leaf for one of the receivers, which counts as one from its first leaf on; `read` is called if it must be.

        Raises whatever `read` raises.
        """
        with self._lock:
            self._receivers.add(receiver)
            if len(self._receivers) == 1:
                kept, first = None, True
            else:
                first = (file, leaf) not in self._kept
                kept = self._kept.setdefault((file, leaf), _Kept())
                kept.had.add(receiver)
        if kept is None:
            return _hashed(read())
        if not first:
            try:
                return kept.leaf.result()
            finally:
                self._settle()
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
        self._settle()
        return made

    def part(self, receiver: object) -> None:
        """It wants no more."""
        with self._lock:
            self._receivers.discard(receiver)
        self._settle()

    def _settle(self) -> None:
        """Forgets what everybody has had, and the oldest of what is too much."""
        with self._lock:
            for key, kept in list(self._kept.items()):
                if kept.leaf.done() and (self._receivers <= kept.had or self._bytes > MOST_BYTES):
                    del self._kept[key]
                    self._bytes -= len(kept.leaf.result().data)


def _hashed(data: bytes) -> Leaf:
    return Leaf(data, sha256(data).digest())
