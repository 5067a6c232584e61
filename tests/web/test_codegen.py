"""Generated files are fresh, and the generator says when they are not."""

from __future__ import annotations

import pytest

from signaling.protocol import messages
from web import codegen


def test_what_is_committed_is_what_the_types_say() -> None:
    assert codegen.main(["--check"]) == 0


def test_a_changed_limit_makes_the_files_stale(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(codegen.CONSTANTS, "MAX_CHAT", 4001)
    assert codegen.main(["--check"]) == 1
    assert "messages.js is stale" in capsys.readouterr().err


def test_a_pattern_that_lets_a_newline_pass_is_refused() -> None:
    with pytest.raises(ValueError, match="newline"):
        codegen.js_pattern(r"^a$")


def test_every_message_has_a_meaning_for_the_document() -> None:
    for group in codegen.GROUPS:
        for struct in codegen.structs(group.union):
            assert codegen.meaning(struct.cls), struct.tag


def test_a_missing_marker_is_an_error() -> None:
    with pytest.raises(ValueError, match="markers"):
        codegen.document("# nothing\n")
    assert str(messages.MAX_BODY_BYTES) in codegen.javascript()
