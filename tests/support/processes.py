"""Real processes: start one, wait for what it says, collect how it ended and what it cost."""

from __future__ import annotations

import codecs
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from tests.support.schema import is_event

HOME = Path(__file__).parent.parent.parent
PATIENCE_S = 60.0
_SAMPLE_S = 0.02


@dataclass(frozen=True)
class Ended:
    """A process that is over. `code` is negative for a signal; times are `time.monotonic`; `peak` is VmHWM in bytes."""

    code: int
    stdout: str
    stderr: str
    began_at: float
    ended_at: float
    cpu_s: float
    peak: int

    @property
    def events(self) -> list[dict[str, Any]]:
        """Standard output as `--json` wrote it: every line an event of docs/events.schema.json."""
        events = [json.loads(line) for line in self.stdout.splitlines()]
        for event in events:
            assert is_event(event), event
        return events


class Program:
    """A running process; a context manager that leaves none behind."""

    def __init__(
        self,
        words: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stdin: int | IO[bytes] | None = subprocess.DEVNULL,
        stdout: int | IO[bytes] | Literal["terminal"] | None = None,
        terminal: bool = False,
    ) -> None:
        """With `terminal`, standard input and error are one, 100 columns wide; `type` is its keyboard. `stdout` is
        collected unless it goes elsewhere."""
        self.words = [str(word) for word in words]
        self._began = time.monotonic()
        self._screen, keyboard = pty.openpty() if terminal else (-1, stdin)
        if terminal:
            assert isinstance(keyboard, int)
            fcntl.ioctl(keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
        self._popen = subprocess.Popen(
            self.words,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            stdin=keyboard,
            stdout=keyboard if stdout == "terminal" else stdout or subprocess.PIPE,
            stderr=keyboard if terminal else subprocess.PIPE,
        )
        self.terminal = ""
        """Where the terminal is, for those who want to look at it."""
        if terminal and isinstance(keyboard, int):
            self.terminal = os.ttyname(keyboard)
            os.close(keyboard)
        self.pid = self._popen.pid
        self._said: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._news = threading.Condition()
        self._open = 2 if self._popen.stdout else 1
        self._over: tuple[int, float, float] | None = None
        self._peak = 0
        errors = open(self._screen, "rb", buffering=0) if terminal else self._popen.stderr  # noqa: SIM115
        jobs = [
            *(
                threading.Thread(target=self._collect, args=(stream, pipe))
                for stream, pipe in (("stdout", self._popen.stdout), ("stderr", errors))
                if pipe
            ),
            threading.Thread(target=self._await_end),
            threading.Thread(target=self._watch_memory),
        ]
        for job in jobs:
            job.daemon = True
            job.start()

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.finish()

    def wait_for(self, pattern: str, stream: str = "stdout", timeout: float = PATIENCE_S) -> re.Match[str]:
        """The first match of `pattern` in what was written to a stream so far or will be."""
        deadline = time.monotonic() + timeout
        with self._news:
            while True:
                if found := re.search(pattern, "".join(self._said[stream])):
                    return found
                if not self._open or not self._news.wait(deadline - time.monotonic()):
                    raise AssertionError(f"{pattern!r} never came on {stream}; {self._account()}")

    def said(self, stream: str = "stdout") -> str:
        """What was written to a stream so far."""
        with self._news:
            return "".join(self._said[stream])

    @property
    def running(self) -> bool:
        """Whether the process is not over."""
        with self._news:
            return self._over is None

    def wait(self, seconds: float) -> None:
        """Returns when something is written or the process ends, at the latest after so long."""
        with self._news:
            if self._over is None:
                self._news.wait(seconds)

    def finish(self, timeout: float = PATIENCE_S) -> Ended:
        """Waits for the end."""
        deadline = time.monotonic() + timeout
        with self._news:
            while self._over is None or self._open:
                if not self._news.wait(deadline - time.monotonic()):
                    raise AssertionError(f"still running after {timeout} s; {self._account()}")
            code, ended, cpu = self._over
            out, err = ("".join(self._said[stream]) for stream in ("stdout", "stderr"))
            return Ended(code, out, err, self._began, ended, cpu, self._peak)

    def exit_code(self, timeout: float = PATIENCE_S) -> int:
        """Waits for the end of the process; what it wrote may still be on its way."""
        deadline = time.monotonic() + timeout
        with self._news:
            while self._over is None:
                if not self._news.wait(deadline - time.monotonic()):
                    raise AssertionError(f"still running after {timeout} s; {self._account()}")
            return self._over[0]

    def type(self, text: str) -> None:
        """Types on the terminal."""
        os.write(self._screen, text.encode())

    def signal(self, number: int) -> None:
        """Sends a signal, unless it is over."""
        with self._news:
            if self._over is None:
                os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9."""
        self.signal(signal.SIGKILL)

    def _collect(self, stream: str, pipe: IO[bytes]) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        with pipe, suppress(OSError):  # a terminal ends with EIO
            while chunk := os.read(pipe.fileno(), 65536):
                with self._news:
                    self._said[stream].append(decoder.decode(chunk))
                    self._news.notify_all()
        with self._news:
            self._open -= 1
            self._news.notify_all()

    def _await_end(self) -> None:
        # Not Popen.wait: wait4 also tells the processor time. Not reaped before the lock is held, so that `signal`
        # never reaches a stranger that got the number anew.
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        with self._news:
            _, status, usage = os.wait4(self.pid, 0)
            self._popen.returncode = os.waitstatus_to_exitcode(status)
            cpu = usage.ru_utime + usage.ru_stime
            self._over = (self._popen.returncode, time.monotonic(), cpu)
            self._news.notify_all()

    def _watch_memory(self) -> None:
        # ru_maxrss would count the parent's memory before exec (getrusage(2) on Linux); VmHWM begins anew with it.
        while self._over is None:
            try:
                status = Path(f"/proc/{self.pid}/status").read_text()
            except OSError:
                return
            if found := re.search(r"VmHWM:\s+(\d+) kB", status):
                self._peak = max(self._peak, int(found[1]) * 1024)
            with self._news:
                self._news.wait_for(lambda: self._over is not None, _SAMPLE_S)

    def _account(self) -> str:
        said = {stream: "".join(pieces)[-2000:] for stream, pieces in self._said.items()}
        return f"{' '.join(word[:80] for word in self.words[-6:])}: {self._over}\n{said['stdout']}\n{said['stderr']}"


def twocans(
    *words: str | Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: int | IO[bytes] | None = subprocess.DEVNULL,
    stdout: int | IO[bytes] | Literal["terminal"] | None = None,
    terminal: bool = False,
    within: Sequence[str] = (),
    module: str = "twocans",
) -> Program:
    """The `twocans` command of this checkout, or a `module` around it, from any folder; `within` goes before it, as in
    `ip netns exec x`."""
    search = os.pathsep.join(filter(None, (str(HOME), os.environ.get("PYTHONPATH"))))
    own = {"PYTHONPATH": search, "TWOCANS_PEER_CONFIG": os.devnull, **(env or {})}
    command = [*within, sys.executable, "-m", module, *words]
    return Program(command, env=own, cwd=cwd, stdin=stdin, stdout=stdout, terminal=terminal)


def python_within(within: Sequence[str], *words: str | Path) -> Program:
    """Our Python, in the checkout; `within` goes before it, as in `ip netns exec x`."""
    return Program([*within, sys.executable, *words], cwd=HOME)


def python(script: str, *words: str | Path) -> Program:
    """A script that may use our library."""
    return Program([sys.executable, "-c", script, *words], cwd=HOME)


@contextmanager
def serving(*flags: str, within: Sequence[str] = (), module: str = "twocans") -> Iterator[tuple[str, Program]]:
    """`twocans serve` on a free port: its address, and the process."""
    with twocans("serve", "--port", "0", "--stun-port", "0", *flags, within=within, module=module) as server:
        yield server.wait_for(r"listening on (\S+)\n")[1], server
        server.signal(signal.SIGTERM)
        server.finish()
