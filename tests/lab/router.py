"""What joins the hosts of a lab: a process that carries packets between their network devices, each after its time.

    python -m tests.lab.router RATE JITTER NAME:SUBNET:DELAY …     one device for each host, times in seconds

Packets to any address of SUBNET, the third number of an IPv4 address, leave through the device NAME. Each takes the
delay of the device that it comes from and of the one that it leaves through. A host's line up carries RATE bytes a
second, any number if 0; what would wait longer than QUEUE_S for it is lost, as at a common router. The process ends
when its input does.

The rate is kept here and not by `tbf` on the host's device: a socket feels the queue of its own machine and is told
to wait, while what waits at the far side of a cable is nobody's.
"""

from __future__ import annotations

import fcntl
import os
import random
import select
import struct
import sys
import time
from collections import deque
from contextlib import suppress

_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_MAX_PACKET = 65536
_BATCH = 128
"""Packets read from one device before the others have their turn."""
_SUBNET = 18
"""Where the third number of the destination stands in an IPv4 header."""

QUEUE_S = 0.1
_LATE_S = 0.005
"""How much of its idle time a line may make up for, so that a busy machine that wakes late still fills it."""

Waiting = deque[tuple[float, bytes]]


def open_device(name: str) -> int:
    """A fresh network device whose packets are read from and written to what is returned."""
    handle = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(handle, _TUNSETIFF, struct.pack("16sH", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return handle


class Line:
    """A host's line up: when what comes next has passed it."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._free_at = 0.0

    def pass_by(self, length: int, now: float) -> float:
        """When a packet of this length is through; -1 if it is lost."""
        if not self._rate:
            return now
        if self._free_at > now + QUEUE_S:
            return -1.0
        self._free_at = max(self._free_at, now - _LATE_S) + length / self._rate
        return max(self._free_at, now)


class Route:
    """From one device to another: a queue that keeps its order, as networks do, jitter or not."""

    def __init__(self, target: int, delay: float, jitter: float) -> None:
        self.target = target
        self.delay = delay
        self.jitter = jitter
        self.waiting: Waiting = deque()

    def take(self, packet: bytes, at: float) -> None:
        """A packet set out."""
        due = at + self.delay + (random.uniform(0, self.jitter) if self.jitter else 0)
        if self.jitter and self.waiting:
            due = max(due, self.waiting[-1][0])
        self.waiting.append((due, packet))

    def pass_on(self, now: float) -> None:
        """Lets go what is due; what the other side has no room for is lost."""
        waiting, target = self.waiting, self.target
        while waiting and waiting[0][0] <= now:
            try:
                os.write(target, waiting.popleft()[1])
            except OSError:
                continue


def carry(lines: dict[int, Line], routes: dict[int, dict[int, Route]], until: int) -> None:
    """Works until there is something to read from `until`. Lines by source; routes by source, then by subnet."""
    every = [route for way in routes.values() for route in way.values()]
    watched = [*routes, until]
    while True:
        soonest = min((route.waiting[0][0] for route in every if route.waiting), default=None)
        patience = None if soonest is None else max(0.0, soonest - time.monotonic())
        readable, _, _ = select.select(watched, [], [], patience)
        if until in readable:
            return
        for source in readable:
            line, way = lines[source], routes[source]
            for _ in range(_BATCH):
                try:
                    packet = os.read(source, _MAX_PACKET)
                except OSError:  # nothing there, or the device is down
                    break
                at = line.pass_by(len(packet), time.monotonic())
                if at >= 0 and len(packet) > _SUBNET and (route := way.get(packet[_SUBNET])):
                    route.take(packet, at)
        now = time.monotonic()
        for route in every:
            if route.waiting:
                route.pass_on(now)


def main(rate: float, jitter: float, *devices: str) -> None:
    """Opens the devices, says so, and carries."""
    with suppress(OSError):  # a line does not become slower because a machine is busy
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    hosts = [(open_device(name), int(subnet), float(delay)) for name, subnet, delay in map(_three, devices)]
    print("ready", flush=True)
    routes = {
        source: {subnet: Route(target, near + far, jitter) for target, subnet, far in hosts if target != source}
        for source, _, near in hosts
    }
    carry({source: Line(rate) for source in routes}, routes, sys.stdin.fileno())


def _three(words: str) -> tuple[str, str, str]:
    name, subnet, delay = words.split(":")
    return name, subnet, delay


if __name__ == "__main__":
    main(float(sys.argv[1]), float(sys.argv[2]), *sys.argv[3:])
