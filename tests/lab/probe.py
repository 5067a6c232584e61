"""Measures a line with UDP, from within a host: `echo` and `sink` at one end, `ping` and `flood` at the other.

python -m tests.lab.probe echo ADDRESS            sends back what comes
python -m tests.lab.probe ping ADDRESS COUNT      prints the round trips that came back, in seconds
python -m tests.lab.probe sink ADDRESS            until a second is silent; prints packets, bytes a second, loss
python -m tests.lab.probe flood ADDRESS SECONDS RATE
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import sys
import time

PORT = 7007
PACKET = 1200
_NUMBER = struct.Struct(">I")
_UDP_HEADERS = 28


def echo(address: str) -> None:
    """For ever."""
    with listening(address) as line:
        while True:
            line.sendto(*line.recvfrom(2048))


def ping(address: str, count: int) -> None:
    """One after the other; what is not back in a second is lost."""
    trips = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect((address, PORT))
        line.settimeout(1)
        for number in range(count):
            began = time.monotonic()
            line.send(_NUMBER.pack(number))
            with contextlib.suppress(TimeoutError):
                while line.recv(64) != _NUMBER.pack(number):
                    pass
                trips.append(time.monotonic() - began)
    print(json.dumps(trips), flush=True)


def sink(address: str) -> None:
    """Bytes count as they do on the line, with their headers."""
    with listening(address) as line:
        first = last = time.monotonic()
        came = volume = highest = 0
        while True:
            with contextlib.suppress(TimeoutError):
                packet = line.recv(2048)
                last = time.monotonic()
                line.settimeout(1)
                if not came:
                    first = last
                came += 1
                volume += len(packet) + _UDP_HEADERS
                highest = max(highest, _NUMBER.unpack_from(packet)[0] + 1)
                continue
            if came:
                break
    print(json.dumps({"packets": came, "rate": volume / (last - first), "loss": 1 - came / highest}), flush=True)


def flood(address: str, seconds: float, rate: float) -> None:
    """`rate` bytes a second, in small bursts."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect((address, PORT))
        began, sent = time.monotonic(), 0
        while (now := time.monotonic()) < began + seconds:
            while sent * (PACKET + _UDP_HEADERS) < (now - began) * rate:
                line.send(_NUMBER.pack(sent) + bytes(PACKET - _NUMBER.size))
                sent += 1
            time.sleep(0.001)


def listening(address: str) -> socket.socket:
    """A socket at that address."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
    line.bind((address, PORT))
    line.settimeout(30)
    print("listening", flush=True)
    return line


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["echo", address]:
            echo(address)
        case ["ping", address, count]:
            ping(address, int(count))
        case ["sink", address]:
            sink(address)
        case ["flood", address, seconds, rate]:
            flood(address, float(seconds), float(rate))
