"""The headless peer: send and receive files, or join a call, from Python or a terminal.

from peer import join, join_code
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from peer.client import join, join_code

__all__ = ["join", "join_code"]


def __getattr__(name: str) -> Any:
    """Loads the library only when it is used: commands like `--help` must not wait for it."""
    if name in __all__:
        from peer import client

        return getattr(client, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
