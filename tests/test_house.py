"""The house rules of docs/architecture.md, read off the source: who imports whom, what stays pure, what is written."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).parent.parent
SOURCES = sorted(
    file for folder in ("signaling", "peer", "web") for file in (HOME / folder).rglob("*.py") if "gen" not in file.parts
)
SCRIPTS = sorted((HOME / "web" / "static" / "js").rglob("*.js"))
BY_HAND = [
    file
    for file in [*SOURCES, *SCRIPTS, *sorted((HOME / "tests").rglob("*.py")), *sorted((HOME / "bench").rglob("*.py"))]
    if not {"node_modules", "gen"} & set(file.parts) and file.stem not in {"words", "wordlist"}
]
PAGES = [
    *sorted(HOME.glob("*.md")),
    *sorted((HOME / "docs").rglob("*.md")),
    *sorted((HOME / "turn-config").glob("*.md")),
]
TOLD = [*BY_HAND, *PAGES, HOME / "run", HOME / "pyproject.toml", HOME / "twocans.py", *sorted(HOME.glob(".ci/*"))]
"""What a stranger reads."""

LAYERS = ["protocol", "core", "ice", "brokers", "numbers", "clients", "hub", "transports", "app", "cli"]
"""signaling/: a module may import from its own layer and those before it."""
PURE = ("signaling/protocol/", "signaling/core/", "peer/wire/", "peer/core/")
IMPURE = {"asyncio", "socket", "time", "random", "secrets", "os", "pathlib", "logging", "threading", "subprocess"}
PURE_PACKAGES = {"msgspec", "signaling", "peer"}
PACKAGES = {
    "signaling": {
        "aiohttp",
        "msgspec",
        "aioice",
        "click",
        "cryptography",
        "ifaddr",
        "segno",
        "uvloop",
    },
    "peer": {
        "aiohttp",
        "aioice",
        "aiortc",
        "click",
        "cpace",
        "cryptography",
        "msgspec",
        "rich",
        "segno",
        "uvloop",
        "webrtc",
    },
    "web": {"aiohttp", "aiohttp_jinja2", "jinja2", "markupsafe", "msgspec"},
}
ENGINES = {"aiortc", "aioice", "av", "webrtc", "pyee"}
OURS = {"signaling", "peer", "web", "twocans", "tests", "bench"}


def imports(file: Path) -> Iterator[tuple[str, int, bool]]:
    """Every module a file imports, with its line, and whether it is imported on import of the file itself."""
    tree = ast.parse(file.read_text())
    at_top = {id(node) for node in ast.walk(tree) if isinstance(node, ast.Module) for node in node.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, id(node) in at_top
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno} imports relatively; say where from"
            assert node.module
            yield node.module, node.lineno, id(node) in at_top


def name(file: Path) -> str:
    return file.relative_to(HOME).as_posix()


def parametrize(files: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("file", files, ids=name)


@parametrize(SOURCES)
def test_packages_keep_to_their_side(file: Path) -> None:
    package = file.relative_to(HOME).parts[0]
    for module, line, _ in imports(file):
        top = module.split(".")[0]
        where = f"{name(file)}:{line} imports {module}"
        if top in OURS and top != package:
            allowed = (
                module.startswith("signaling.protocol")
                or (name(file) == "web/codegen.py" and module.startswith(("peer.wire", "peer.events")))
                or (name(file) == "signaling/cli.py" and top == "web")
            )
            assert allowed, where
        elif top not in sys.stdlib_module_names and top not in OURS:
            assert top in PACKAGES[package], where


@parametrize([file for file in SOURCES if name(file).startswith(PURE)])
def test_pure_modules_touch_nothing_outside(file: Path) -> None:
    for module, line, _ in imports(file):
        top = module.split(".")[0]
        where = f"{name(file)}:{line} imports {module}"
        assert top not in IMPURE, where
        assert top in sys.stdlib_module_names or top in PURE_PACKAGES, where


@parametrize([file for file in SOURCES if name(file).startswith("signaling/")])
def test_server_layers_import_downwards_only(file: Path) -> None:
    parts = file.relative_to(HOME / "signaling").with_suffix("").parts
    if parts[0] not in LAYERS:
        return
    for module, line, _ in imports(file):
        words = module.split(".")
        if words[0] == "signaling" and len(words) > 1 and words[1] in LAYERS:
            down = LAYERS.index(words[1]) <= LAYERS.index(parts[0])
            assert down, f"{name(file)}:{line} imports {module}"


@parametrize([file for file in SOURCES if name(file).startswith("peer/")])
def test_only_the_engines_know_a_webrtc_library(file: Path) -> None:
    if name(file).startswith("peer/rtc/") and file.stem.endswith("_engine"):
        return
    for module, line, _ in imports(file):
        assert module.split(".")[0] not in ENGINES, f"{name(file)}:{line} imports {module}"


@parametrize([file for file in SCRIPTS if file.parent.name == "core"])
def test_the_pages_core_is_pure(file: Path) -> None:
    text = file.read_text()
    for word in ("document.", "window.", "RTCPeerConnection(", "setTimeout(", "setInterval(", "Date.now(", "fetch("):
        assert word not in text, f"{name(file)} uses {word}"
    for line in text.splitlines():
        if line.startswith("import "):
            assert "../io/" not in line, f"{name(file)}: {line}"
            assert "../ui/" not in line, f"{name(file)}: {line}"


@parametrize(BY_HAND)
def test_no_file_outgrows_its_reader(file: Path) -> None:
    lines = len(file.read_text().splitlines())
    assert lines <= 400, f"{name(file)} has {lines} lines; split it by subject"


@parametrize([*SOURCES, *SCRIPTS])
def test_modules_are_named_for_what_they_hold(file: Path) -> None:
    assert file.stem not in {"utils", "util", "helpers", "helper", "common", "manager", "handler", "misc"}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name(file) for file in SOURCES if file.stat().st_size and not ast.get_docstring(ast.parse(file.read_text()))
    ]
    assert silent == []


@parametrize(PAGES)
def test_pages_lead_to_what_is_there(file: Path) -> None:
    """Relative links, their headings, and every path of ours that is named in `code`."""
    text = file.read_text()
    for target in re.findall(r"""(?:\]\(|src=")([^)"\s]+)""", text):
        path, _, heading = target.partition("#")
        if ":" in path or (not path and not heading):
            continue
        led = (file.parent / path).resolve() if path else file
        assert led.exists(), f"{name(file)} leads to {target}"
        if heading:
            assert heading in headings(led), f"{name(file)} leads to {target}"
    for path in re.findall(r"`((?:signaling|peer|web|tests|docs|turn-config|bench)/[\w./-]*)`", text):
        assert (HOME / path).exists(), f"{name(file)} names {path}"


def headings(page: Path) -> set[str]:
    """The anchors of a page."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_page_can_be_found_from_the_readme() -> None:
    found, left = set[Path](), [HOME / "README.md"]
    while left:
        page = left.pop()
        if page not in found:
            found.add(page)
            targets = re.findall(r"\]\(([^)#:\s]+)", page.read_text())
            led = [(page.parent / target).resolve() for target in targets]
            folders = [each for folder in led if folder.is_dir() for each in folder.glob("*.md")]
            left += [each for each in [*led, *folders] if each.suffix == ".md"]
    assert set(PAGES) - found <= {HOME / "CHANGELOG.md"}


@parametrize(TOLD)
def test_no_file_tells_of_the_machine_that_it_was_written_on(file: Path) -> None:
    told = re.search(r"/(?:work|root|tmp|Users)/|\bpyenv\b", file.read_text())
    if told and file != Path(__file__):
        raise AssertionError(f"{name(file)} says {told[0]}")


def test_every_dependency_is_used() -> None:
    project = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[^A-Za-z0-9_-]", each)[0].replace("-", "_") for each in project["dependencies"]}
    used = {module.split(".")[0] for file in SOURCES for module, _, _ in imports(file)}
    imported = {"webrtc": "wrtc"}
    unused = wanted - {imported.get(module, module) for module in used}
    assert unused == set()
