"""Files that others wrote: exactly the published ones, each with its licence."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from web import pages

VENDOR = pages.HERE / "static" / "vendor"
PACKAGES: list[dict[str, Any]] = json.loads((VENDOR / "vendor.json").read_text())["packages"]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["name"])
def test_a_package_says_where_it_is_from_and_has_not_been_changed(package: dict[str, Any]) -> None:
    assert package["version"] in package["source"]
    assert package["licence"] in {"MIT", "BSD-3-Clause", "ISC"}
    assert f"{package['name']}/LICENSE" in package["files"]
    for path, digest in package["files"].items():
        assert hashlib.sha256((VENDOR / path).read_bytes()).hexdigest() == digest, path


def test_nothing_stands_there_that_is_not_listed() -> None:
    listed = {Path(path) for package in PACKAGES for path in package["files"]}
    present = {path.relative_to(VENDOR) for path in VENDOR.rglob("*") if path.is_file()}
    assert present - {Path("vendor.json")} == listed
