"""Where the bytes of an accepted transfer go; `peer.disk` is one body, `peer.pipe` has the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from peer.disk import Landed, Opened, Whole


class Sink(Protocol):
    """The end of one transfer. Methods block, as those of Store, and raise DiskFailed."""

    @property
    def ordered(self) -> bool:
        """Whether leaves are wanted as they lie in their file: what has been written cannot be gone back to."""

    @property
    def kind(self) -> Literal["disk", "pipe"]:
        """What a leaf waits for here."""

    @property
    def unsafe(self) -> int:
        """Bytes that the next `commit` makes safe."""

    def open(self) -> Opened:
        """Makes ready."""

    def prove(self, file: int, leaf: int, data: memoryview, proof: bytes) -> bool:
        """Keeps a leaf if it is what its sender says."""

    def check(self, file: int, leaf: int, proof: bytes) -> bool:
        """Whether a leaf that an earlier run left is what its sender says."""

    def take_files(self, files: Sequence[Whole]) -> list[int]:
        """Keeps small files that are what their sender says; returns those that are not."""

    def finish(self, file: int, size: int, root: bytes, leaves: bytes) -> None:
        """A file is whole, and lands with the next `commit`. Raises IntegrityFailed."""

    def commit(self) -> list[Landed]:
        """Makes safe what was kept; returns what has landed since."""

    def finish_tree(self) -> list[Landed]:
        """Commits; nothing more comes."""

    def stop(self) -> None:
        """From any thread: the transfer is over; ends a `prove` that waits for a reader."""

    def close(self, *, keep: bool) -> None:
        """Lets go of everything; with `keep`, what is half-way stays for the next run. Idempotent."""
