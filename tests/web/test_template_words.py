"""No template of the pages has words of its own, not even where no walk leads: all come from the catalogues."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from web import pages

JS = pages.HERE / "static" / "js"
FILES = [*JS.glob("*.js"), *(JS / "ui").glob("*.js"), *(pages.HERE / "templates").glob("*.html")]
SAID = {"title", "aria-label", "placeholder", "alt"}
EVERYWHERE = {"twocans send film.mkv", "7-otter-maple-drum"}
"""What one types in a terminal, and the words of a code, are the same in every language."""

PASSED_OVER = re.compile(
    r"""
    //[^\n]* | /\*.*?\*/
    | "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*'
    | (?<=[(=]\s)/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\]|\\.)*\])+/ | (?<=\()/(?:[^/\\\n]|\\.)+/
    """,
    re.S | re.X,
)
"""Comments, strings, and regular expressions as this code writes them."""
BODY = re.compile(r"\{% block body %\}.*?\{% endblock %\}")  # attributes of <body>
PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.S)


class Script:
    """Finds the templates of a script; what they put in is read as a script again."""

    def __init__(self, source: str) -> None:
        self.templates: list[str] = []
        self._source = source
        self._at = 0
        self._code()
        assert self._at == len(source), source[self._at : self._at + 80]

    def _code(self) -> None:
        """As far as the brace that ends what is put into a template, or to the end."""
        depth = 0
        while self._at < len(self._source):
            if over := PASSED_OVER.match(self._source, self._at):
                self._at = over.end()
                continue
            letter = self._source[self._at]
            depth += (letter == "{") - (letter == "}")
            if depth < 0:
                return
            self._at += 1
            if letter == "`":
                self._template(self._source[: self._at - 1].endswith(("html", "svg")))

    def _template(self, is_html: bool) -> None:
        text = ""
        while (letter := self._source[self._at]) != "`":
            if self._source.startswith("${", self._at):
                self._at += 2
                self._code()
                letter = "0"
            elif letter == "\\":
                self._at += 1
            text += letter
            self._at += 1
        self._at += 1
        if is_html:
            self.templates.append(text)


class Words(HTMLParser):
    """Texts of a piece of HTML, and the attributes that are read out or shown."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(PLACEHOLDER.sub("0", BODY.sub("", text)))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._keep(*(value or "" for name, value in attrs if name in SAID))

    def handle_data(self, data: str) -> None:
        self._keep(data)

    def _keep(self, *texts: str) -> None:
        self.found += [text.strip() for text in texts if any(map(str.isalpha, text)) and text.strip() not in EVERYWHERE]


def words_of(source: str, is_script: bool) -> list[str]:
    """Of a template, or of all templates in a script."""
    texts = Script(source).templates if is_script else [source]
    return [word for text in texts for word in Words(text).found]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_all_words_come_from_the_catalogues(file: Path) -> None:
    assert words_of(file.read_text(), file.suffix == ".js") == []


def test_words_are_found_wherever_they_stand() -> None:
    script = (
        'const a = html`<p title="One">${b ? html`<b>Two</b> ${t("x", { y: { z } })}` : `x-${c}`} Three</p>`; // `Four`'
    )
    assert sorted(words_of(script, True)) == ["0 Three", "One", "Two"]
    assert words_of("<p>{{ t('x') }} {% if y %}<b aria-label=\"One\">Two</b>{% endif %}</p>", False) == ["One", "Two"]
