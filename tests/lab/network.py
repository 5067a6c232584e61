"""A network in one machine: hosts that are Linux namespaces, with lines of a given rate, delay and loss. Needs root.

    one ──────┐                               ┌────── other     each host: a namespace with one device, `net0`
              ├──        the router       ────┤                 loss: nftables, as packets come in
              │  (rate, queue, delay, jitter) │
              └─────────── middle ────────────┘                 middle: where servers stand, half as far from either

`tc netem` is not in every kernel; TUN devices and nftables are. IPv4 alone: 198.18.0.0/15 is set aside for such tests
(RFC 2544).
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType

from tests.support.processes import HOME, Program
from tests.support.walls import SEARCH

MBIT = 1_000_000
DEVICE = "net0"
_DEVICE_QUEUE = 4000
_PREFIX = "twocans-lab"
_count = itertools.count()


class LabFailed(Exception):
    """A part of the network could not be made; the text is what the tool said."""


class Host:
    """One computer of the network.

    Attributes:
        name: of its namespace.
        within: words to put before a command, to run it there.
        address: its IPv4 address.
    """

    def __init__(self, name: str, subnet: int) -> None:
        self.name = name
        self.within = ("ip", "netns", "exec", name)
        self.address = f"198.18.{subnet}.10"
        self.subnet = subnet

    def run(self, *words: str, stdin: str = "") -> str:
        """Runs a command there to its end; what it printed."""
        return _run(*self.within, *words, stdin=stdin)

    def move(self, address: str = "") -> None:
        """Another address, at once, as when a laptop changes networks; `address` stays in the host's subnet."""
        prefix, _, last = self.address.rpartition(".")
        fresh = address or f"{prefix}.{int(last) + 1}"
        self.run("ip", "address", "flush", "dev", DEVICE)
        self.address = fresh
        self._settle()

    def lose(self, others: Sequence[Host], share: float) -> None:
        """From now on this share of what comes from the others is lost; 1 is all of it, silently."""
        dice = "" if share >= 1 else f"numgen random mod 10000 < {round(share * 10000)}"
        self._drop(others if share > 0 else (), dice)

    def narrow(self, others: Sequence[Host], rate: int) -> None:
        """From now on no more than so many bits a second come from the others all together; the rest is lost."""
        self._drop(others, f"limit rate over {rate // 8} bytes/second burst {rate // 32} bytes")

    def _drop(self, others: Sequence[Host], which: str) -> None:
        """Takes the place of what was dropped before."""
        rules = [f"ip saddr 198.18.{other.subnet}.0/24 {which} drop" for other in others]
        chain = "\n".join(["chain come {", "type filter hook prerouting priority -300", *rules, "}"])
        self.run("nft", "-f", "-", stdin=f"table inet lab\ndelete table inet lab\ntable inet lab {{\n{chain}\n}}\n")

    def _settle(self) -> None:
        self.run("ip", "address", "add", f"{self.address}/24", "dev", DEVICE)
        self.run("ip", "route", "replace", "default", "dev", DEVICE)

    def _open(self, device: str) -> None:
        """Takes a device that the router made, and brings it up."""
        _run("ip", "link", "set", device, "netns", self.name)
        self.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
        self.run("ip", "link", "set", device, "name", DEVICE, "txqueuelen", str(_DEVICE_QUEUE))
        for name in ("lo", DEVICE):
            self.run("ip", "link", "set", name, "up")
        self._settle()


class Network:
    """Two hosts far apart, and one between them."""

    def __init__(self, hosts: Sequence[Host], loss: float) -> None:
        self.one, self.other, self.middle = hosts
        self._loss = loss

    def cut(self) -> None:
        """Nothing gets from one host to the other any more, and neither is told. The middle still hears both."""
        self._lose(1.0)

    def mend(self) -> None:
        """Undoes `cut`."""
        self._lose(self._loss)

    def _lose(self, share: float) -> None:
        for host, far in ((self.one, self.other), (self.other, self.one)):
            host.lose([far], share)


@contextmanager
def network(
    *, rate: int = 100 * MBIT, round_trip: float = 0.0, jitter: float = 0.0, loss: float = 0.0
) -> Iterator[Network]:
    """Such a network.

    Args:
        rate: bits a second that each host may send, 0 for no limit.
        round_trip: seconds from one host to the other and back, before any queue.
        jitter: up to so many seconds more for each packet; their order stays.
        loss: the share of the packets between the two hosts that is lost, in each direction.
    """
    _sweep()
    number = f"{os.getpid()}-{next(_count)}"
    names = [f"{_PREFIX}-{number}-{role}" for role in ("one", "other", "middle")]
    devices = [f"tl{number}{letter}" for letter in "abc"]
    hosts = [Host(name, subnet) for subnet, name in enumerate(names, 1)]
    with ExitStack() as stack:
        stack.enter_context(_terminable())
        for host in hosts:
            _run("ip", "netns", "add", host.name)
            stack.callback(_remove, host.name)
        delays = (round_trip / 4, round_trip / 4, 0.0)
        lines = [f"{device}:{host.subnet}:{delay}" for device, host, delay in zip(devices, hosts, delays, strict=True)]
        words = [sys.executable, "-m", "tests.lab.router", str(rate / 8), str(jitter), *lines]
        # Its input is a pipe from us, so that it goes when we do, however that is.
        ours, its = os.pipe()[::-1]
        stack.callback(os.close, ours)
        with os.fdopen(its, "rb") as its_input:
            router = stack.enter_context(Program(words, cwd=HOME, stdin=its_input))
        router.wait_for("ready")
        for host, device in zip(hosts, devices, strict=True):
            host._open(device)
        joined = Network(hosts, loss)
        joined.mend()
        yield joined


@contextmanager
def _terminable() -> Iterator[None]:
    """While a network stands, SIGTERM unwinds like Ctrl-C, so that what was made is removed."""

    def unwind(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    former = signal.signal(signal.SIGTERM, unwind)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


def _remove(name: str) -> None:
    """A namespace and what runs in it: its processes were all started for this network."""
    for pid in _run("ip", "netns", "pids", name).split():
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    _run("ip", "netns", "delete", name)


def _sweep() -> None:
    """Removes networks whose makers are no more: one that was killed could not."""
    for line in _run("ip", "netns", "list").splitlines():
        name = line.split()[0]
        if name.startswith(f"{_PREFIX}-") and not Path("/proc", name.split("-")[2]).exists():
            with suppress(LabFailed):  # another test was faster
                _remove(name)


def _run(*words: str, stdin: str = "") -> str:
    environment = {**os.environ, "PATH": SEARCH}
    done = subprocess.run(words, input=stdin, env=environment, text=True, capture_output=True, check=False)
    if done.returncode:
        raise LabFailed(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout
