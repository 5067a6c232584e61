"""Coroutines that live and end together."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


async def abreast(*works: Coroutine[Any, Any, None]) -> None:
    """Runs all of them; when one fails, ends the others and raises what it raised.

    Not a TaskGroup: one that breaks while it is cancelled tells of the break alone, and in Python 3.11 its task counts
    as cancelled ever after, so a loop around it can neither stop when told to nor find out that it was told.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        errors = [task.exception() for task in tasks if not task.cancelled()]
    for error in errors:
        if error is not None:
            raise error
