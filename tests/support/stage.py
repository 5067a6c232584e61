"""A server, a file, and `send` and `receive` with words that stay the same, however often they are started again."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from peer.exits import Exit
from tests.support.processes import Ended, Program, twocans

CODE = "7-otter-maple-drum"


@dataclass
class Stage:
    """Where it plays. `within` goes before a command, as in `ip netns exec x`."""

    port: int
    source: Path
    out: Path
    address: str = "127.0.0.1"

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}"

    def serve(self, within: Sequence[str] = ()) -> Program:
        host = [] if self.address == "127.0.0.1" else ["--host", self.address]
        words = ["serve", "--port", str(self.port), "--stun-port", "0", "--grace-s", "3", *host]
        server = twocans(*words, within=within)
        server.wait_for("listening on")
        return server

    def send(
        self, engine: str = "libwebrtc", code: str = CODE, *more: str | Path, within: Sequence[str] = ()
    ) -> Program:
        words = ["send", "--json", "--code", code, "--engine", engine, "--server", self.url, *more, self.source]
        sender = twocans(*words, within=within)
        sender.wait_for('"event":"code"')
        return sender

    def receive(
        self, engine: str = "libwebrtc", code: str = CODE, *more: str | Path, within: Sequence[str] = ()
    ) -> Program:
        words = ["receive", "--json", "--yes", "--engine", engine, "--server", self.url, "--out", self.out, *more, code]
        return twocans(*words, within=within)

    def assert_whole(self, *ends: Ended) -> None:
        """Both are done, and everything is there and nothing else."""
        for end in ends:
            assert end.code == Exit.DONE, end.stderr
            assert "Traceback" not in end.stderr
        assert os.listdir(self.out) == [self.source.name]
        assert filecmp.cmp(self.source, self.out / self.source.name, shallow=False)


def held(end: Ended) -> list[int]:
    """What each `resumed` said."""
    return [event["bytes_held"] for event in end.events if event["event"] == "resumed"]
