"""What every test may use, and the honest account of what was left out."""

from __future__ import annotations

import os
import shutil
import signal
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is slow, not wrong.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# A shell that starts the tests in the background makes them deaf to Ctrl-C, and every program that they start as well.
signal.signal(signal.SIGINT, signal.default_int_handler)

EVERYTHING = os.environ.get("TWOCANS_TEST_ALL") == "1"
SEARCH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


def _program(name: str) -> str | None:
    return None if shutil.which(name, path=SEARCH) else f"{name} is not installed"


def _namespaces() -> str | None:
    if os.geteuid() != 0:
        return "network namespaces need root"
    return _program("ip") or _program("nft")


MISSING = {
    "chromium": _program("chromium"),
    "firefox": _program("firefox-esr"),
    "coturn": _program("turnserver"),
    "nginx": _program("nginx"),
    "namespaces": _namespaces(),
    "zsh": _program("zsh"),
    "fish": _program("fish"),
    "slow": "slow",
}
"""Mark to the reason why its tests cannot, or by default do not, run here."""

LEFT_OUT = "; ./run test --all runs it"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of our own."""
    parser.addoption("--screenshots", type=Path, help="keep the pictures that tests take of the page in this folder")


@pytest.fixture
def screenshots(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where pictures of the page go."""
    kept: Path | None = request.config.getoption("--screenshots")
    folder = kept or tmp_path / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what this machine cannot run; with --all nothing, and a missing part then fails its tests."""
    if EVERYTHING:
        return
    for item in items:
        for mark, reason in MISSING.items():
            if reason and item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=reason + LEFT_OUT))
                break


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what was left out, and how to have it."""
    reasons = [report.longrepr[2].removeprefix("Skipped: ") for report in terminalreporter.stats.get("skipped", [])]
    left_out = Counter(reason.removesuffix(LEFT_OUT) for reason in reasons if reason.endswith(LEFT_OUT))
    for reason, count in left_out.items():
        tests = "1 test" if count == 1 else f"{count} tests"
        terminalreporter.write_line(f"left out: {tests} ({reason}); ./run test --all leaves out nothing")
