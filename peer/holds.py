"""Who holds the stream of a transfer. Each end holds and releases for itself; it moves while neither does."""

from __future__ import annotations

from collections.abc import Callable

from peer.wire.control import Control, PauseFiles, ResumeFiles


class Holds:
    """What one end knows of it.

    Args:
        transfer: its id.
        say: takes what the other end is to hear.

    Attributes:
        us, them: whether this end holds it, and the other.
    """

    def __init__(self, transfer: str, say: Callable[[Control], None]) -> None:
        self.us = self.them = False
        self._transfer = transfer
        self._say = say
        self._told = False

    def set(self, *, held: bool) -> None:
        """This end holds it, or lets it go on."""
        self.us, self._told = held, True
        self.again()

    def again(self) -> None:
        """The transfer is offered, perhaps once more: what was said before may not have been heard."""
        if self._told:
            self._say((PauseFiles if self.us else ResumeFiles)(transfer=self._transfer))

    def hear(self, message: PauseFiles | ResumeFiles) -> None:
        """The other end holds it, or lets it go on."""
        self.them = isinstance(message, PauseFiles)
