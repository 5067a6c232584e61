"""Where the bytes of an accepted transfer go; `peer.disk` is one body, `peer.pipe` has the others."""

from __future__ import annotations

from typing import Literal, Protocol


class Sink(Protocol):
    """The end of one transfer. Methods block: `prove` runs in one thread, `finish` in others; each raises DiskFailed.

    Attributes:
        ordered: leaves are wanted as they lie in their file, because what has been written cannot be gone back to.
        kind: what a leaf waits for here.
    """

    @property
    def ordered(self) -> bool: ...

    @property
    def kind(self) -> Literal["disk", "pipe"]: ...

    def open(self) -> list[int]:
        """Makes ready; returns the entries to take."""

    def prove(self, file: int, leaf: int, data: memoryview, proof: bytes) -> bool:
        """Keeps a leaf if it is what its sender says."""

    def take_due(self, file: int) -> bool:
        """Whether `sync` is due for a file; says so once."""

    def sync(self, file: int) -> None:
        """Pushes what was written of a file to where it lasts."""

    def finish(self, file: int, size: int, root: bytes | None, leaves: bytes) -> str:
        """A file is whole; returns where it is, "" if it was left out.

        Raises:
            IntegrityFailed: it is not what its sender says.
        """

    def finish_tree(self) -> None:
        """All files are."""

    def stop(self) -> None:
        """From any thread: the transfer is over; ends a `prove` that waits for a reader."""

    def close(self) -> None:
        """Lets go of everything; idempotent."""
