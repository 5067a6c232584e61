"""A network of its own behind a firewall: a Linux namespace that the test makes and removes. Needs root."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

SEARCH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


@dataclass(frozen=True)
class Walled:
    """`outside` is this machine's address as seen from within; `within` goes before a command to run it there."""

    outside: str
    within: tuple[str, ...]

    def let_out(self, port: int) -> None:
        """From now on TCP to this port of ours passes and nothing else does, in either direction."""
        rules = f"""
            table inet wall {{
                chain out {{ type filter hook output priority 0; policy drop; oif lo accept; tcp dport {port} accept; }}
                chain in {{ type filter hook input priority 0; policy drop; iif lo accept; tcp sport {port} accept; }}
            }}"""
        _run(*self.within, "nft", "-f", "-", stdin=rules)


@contextmanager
def walled() -> Iterator[Walled]:
    """A namespace with one cable to this machine."""
    name = f"twocans-{os.getpid()}"
    inner, outer = f"tw{os.getpid()}i", f"tw{os.getpid()}o"
    _run("ip", "netns", "add", name)
    try:
        within = ("ip", "netns", "exec", name)
        _run("ip", "link", "add", outer, "type", "veth", "peer", "name", inner, "netns", name)
        _run("ip", "address", "add", "198.51.100.1/30", "dev", outer)
        _run("ip", "link", "set", outer, "up")
        _run(*within, "ip", "address", "add", "198.51.100.2/30", "dev", inner)
        for device in ("lo", inner):
            _run(*within, "ip", "link", "set", device, "up")
        yield Walled("198.51.100.1", within)
    finally:
        _run("ip", "netns", "delete", name)  # and the cable with it


def _run(*words: str, stdin: str = "") -> None:
    environment = {**os.environ, "PATH": SEARCH}
    subprocess.run(words, input=stdin, env=environment, check=True, text=True, capture_output=True)
