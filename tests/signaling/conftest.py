"""What the server does to sockets is tested on both loops: uvloop, which `serve` takes, and asyncio's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

LoopFactories = Mapping[str, Callable[[], asyncio.AbstractEventLoop]]
ON_BOTH = {"test_app", "test_websocket"}


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> LoopFactories:
    """See the hook of this name in pytest-asyncio."""
    factories: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    if item.path.stem in ON_BOTH:
        try:
            from uvloop import new_event_loop
        except ImportError:  # there is none for Windows
            return factories
        factories["uvloop"] = new_event_loop
    return factories
