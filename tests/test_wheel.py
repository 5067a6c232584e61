"""What people install: the wheel has all that a checkout has to run, and nothing of the rest."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen
from zipfile import ZipFile

import pytest

from tests.support.processes import HOME, Program

pytestmark = pytest.mark.slow

FOLDERS = ("signaling", "peer", "web", "turn-config")
LEFT_OUT = {"web/jsconfig.json"}
"""For the type checker alone."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """Built as a stranger's pip builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    python = Path(sys.base_prefix) / "bin" / "python3"  # ours has no pip
    subprocess.run([python, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, HOME], check=True)
    (built,) = folder.glob("twocans-*.whl")
    return ZipFile(built)


def names(folder: str) -> Iterator[str]:
    for file in (HOME / folder).rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            yield file.relative_to(HOME).as_posix()


def test_the_wheel_holds_every_file_that_runs_and_nothing_else(wheel: ZipFile) -> None:
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == {"twocans.py", *(name for folder in FOLDERS for name in names(folder))} - LEFT_OUT
    (entry_points,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "twocans = twocans:main" in wheel.read(entry_points).decode()


def test_an_installed_server_serves_its_pages_and_all_that_they_load(wheel: ZipFile, tmp_path: Path) -> None:
    site = tmp_path / "site"
    wheel.extractall(site)
    words = [sys.executable, "-m", "twocans"]
    env = {"PYTHONPATH": str(site), "TWOCANS_PEER_CONFIG": os.devnull}
    with Program([*words, "turn-config"], env=env, cwd=tmp_path) as program:
        assert "use-auth-secret" in program.finish().stdout
    with Program([*words, "serve", "--port", "0", "--stun-port", "0"], env=env, cwd=tmp_path) as server:
        url = server.wait_for(r"listening on (\S+)\n")[1]
        loaded: set[str] = set()
        left = ["/", "/r", "/f"]
        while left:
            path = left.pop()
            if path not in loaded:
                loaded.add(path)
                left += links(url, path)
        server.signal(signal.SIGTERM)
        assert server.finish().code == 0
    assert any(path.endswith(".css") for path in loaded)
    assert any(path.endswith("/core/pairing.js") for path in loaded)


def links(url: str, path: str) -> list[str]:
    """What a page, module or style loads from its own server. Raises HTTPError for what is not there."""
    with urlopen(url + path) as response:
        if response.headers.get_content_type() not in ("text/html", "text/javascript", "text/css"):
            return []
        text = response.read().decode()
    found = re.findall(r"""(?:from |import |src=|href=|url\()["']?((?:/static/|\.\.?/)[^"')\s>]+)""", text)
    return [urljoin(path, each) for each in found]
