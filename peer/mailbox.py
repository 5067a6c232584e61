"""A bounded queue with an end, for one process of one loop: put never waits, get does."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Items in order, at most `limit` of them waiting; after `end`, what is left and then the error."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: deque[T] = deque()
        self._getters: deque[asyncio.Future[None]] = deque()
        self._error: Exception | None = None

    def __len__(self) -> int:
        return len(self._items)

    @property
    def ended(self) -> bool:
        """Whether nothing more will come in."""
        return self._error is not None

    def put(self, item: T) -> bool:
        """Adds an item; False when the box is full or has ended, and the item was dropped."""
        if self._error is not None or len(self._items) >= self._limit:
            return False
        self._items.append(item)
        self._wake(1)
        return True

    def end(self, error: Exception) -> None:
        """No more items: once the box is empty, every `get` raises `error`. The first error stays."""
        if self._error is None:
            self._error = error
            self._wake(len(self._getters))

    async def get(self) -> T:
        """The next item. Raises the error given to `end` after the last one."""
        while not self._items:
            if self._error is not None:
                raise self._error
            getter = asyncio.get_running_loop().create_future()
            self._getters.append(getter)
            try:
                await getter
            except asyncio.CancelledError:
                self._forsake(getter)
                raise
        return self._items.popleft()

    def _wake(self, count: int) -> None:
        while count and self._getters:
            getter = self._getters.popleft()
            if not getter.done():
                getter.set_result(None)
                count -= 1

    def _forsake(self, getter: asyncio.Future[None]) -> None:
        if getter in self._getters:
            self._getters.remove(getter)
        elif self._items:
            self._wake(1)  # it was woken and then cancelled: the item is another's
