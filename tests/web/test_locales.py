"""The catalogues say everything that the pages may want to say, in every language, and nothing else."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from web import languages, pages

JS = pages.HERE / "static" / "js"
ENGLISH = languages.load("en")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
PLURAL = re.compile(r"\.(zero|one|two|few|many|other)$")


def sources() -> str:
    scripts = [*JS.glob("*.js"), *(JS / "ui").glob("*.js")]
    return "\n".join(file.read_text() for file in scripts)


def templates() -> str:
    return "\n".join(file.read_text() for file in (pages.HERE / "templates").glob("*.html"))


def words_of(text: str) -> set[str]:
    """Every literal that looks like a key of one of the catalogue's families."""
    families = "|".join({key.partition(".")[0] for key in ENGLISH})
    return set(re.findall(rf"""["']((?:{families})\.[a-z_.-]+)["']""", text)) - {"app.webmanifest"}


def patterns_of(text: str) -> list[re.Pattern[str]]:
    """Keys that are put together in a template literal, such as `ended.${reason}.title`."""
    families = "|".join({key.partition(".")[0] for key in ENGLISH})
    made = re.findall(rf"`((?:{families})\.[^`]*\$\{{[^`]*)`", text)
    return [re.compile(re.sub(r"\\\$\\\{.*?\\\}", "[a-z0-9_-]+", re.escape(each))) for each in made]


def keys_of(base: str) -> set[str]:
    """The key itself, or its plural forms."""
    return {base} & set(ENGLISH) or {key for key in ENGLISH if PLURAL.sub("", key) == base}


def table(title: str) -> set[str]:
    """The keys that io/ promises to use, from the comment that heads io/notices.js."""
    head = re.sub(r"\n// ?", " ", (JS / "io" / "notices.js").read_text().partition("/** @import")[0])
    listed = re.search(rf"Keys of `{re.escape(title)}`[^:]*:(.*?)(?:Keys of|$)", head, re.S)
    assert listed is not None, title
    return set(re.findall(r"`([a-z_-]+)`", listed[1]))


@pytest.mark.parametrize("language", [each for each in languages.ENDONYMS if each != "en"])
def test_a_language_has_the_keys_and_placeholders_of_english(language: str) -> None:
    other = languages.load(language)
    assert set(other) == set(ENGLISH)
    for key, sentence in ENGLISH.items():
        assert Counter(PLACEHOLDER.findall(other[key])) == Counter(PLACEHOLDER.findall(sentence)), key
        assert other[key].strip(), key


def test_bengali_is_written_in_bengali() -> None:
    latin_by_nature = {"app.name"}
    for key, sentence in languages.load("bn").items():
        assert key in latin_by_nature or re.search("[\u0980-\u09ff]", sentence), key


def test_every_key_that_is_asked_for_exists() -> None:
    for word in words_of(sources()) | words_of(templates()):
        assert keys_of(word), word
    for pattern in patterns_of(sources()):
        assert any(pattern.fullmatch(key) for key in ENGLISH), pattern.pattern


def test_every_key_is_asked_for() -> None:
    used = {key for word in words_of(sources()) | words_of(templates()) for key in keys_of(word)}
    patterns = patterns_of(sources())
    unused = {key for key in set(ENGLISH) - used if not any(pattern.fullmatch(key) for pattern in patterns)}
    assert not unused


def test_every_notice_has_its_sentence_and_values() -> None:
    rows = re.findall(r"^// \| `([a-z-]+)` *\| \w+ *\|([^|]*)\|", (JS / "io" / "notices.js").read_text(), re.M)
    assert len(rows) > 10
    for key, values in rows:
        wanted = {value.strip() for value in values.split(",") if value.strip()}
        assert set(PLACEHOLDER.findall(ENGLISH[f"notice.{key}"])) <= wanted, key
    assert {key for key in ENGLISH if key.startswith("notice.")} == {f"notice.{key}" for key, _ in rows} | {
        "notice.dismiss",
        "notice.check",
    }


def test_every_ending_has_its_sentences() -> None:
    ours = {"insecure", "rejoin", "again"}
    reasons = table("snapshot.ended")
    assert {key.split(".")[1] for key in ENGLISH if key.startswith("ended.")} == reasons | ours
    assert all(f"ended.{reason}.{part}" in ENGLISH for reason in reasons | {"insecure"} for part in ("title", "text"))


def test_every_reason_of_a_transfer_has_its_sentence() -> None:
    assert all(f"transfer.{reason}" in ENGLISH for reason in table("transfer.reason"))


def test_every_rule_of_names_has_its_sentence() -> None:
    typedef = re.search(r"@typedef \{([^}]*)\} Rule", (JS / "core" / "names.js").read_text())
    assert typedef is not None
    rules = set(re.findall(r'"(\w+)"', typedef[1]))
    assert len(rules) == 16
    assert rules == {key.split(".")[1] for key in ENGLISH if key.startswith("unsafe.")}


def test_every_safety_emoji_has_its_name() -> None:
    names = re.findall(r"^\S+ ([A-Z][A-Za-z ]+)$", (JS / "core" / "sas.js").read_text(), re.M)
    assert len(names) == 64
    keys = {f"emoji.{name.lower().replace(' ', '_')}" for name in names}
    assert keys == {key for key in ENGLISH if key.startswith("emoji.")}
    for language in languages.ENDONYMS:
        catalogue = languages.load(language)
        assert len({catalogue[key] for key in keys}) == 64, language


def test_every_way_to_mistype_a_code_has_its_sentence() -> None:
    typedef = re.search(r"@typedef \{([^}]*)\} BadInviteReason", (JS / "core" / "invite.js").read_text())
    assert typedef is not None
    reasons = set(re.findall(r'"(\w+)"', typedef[1]))
    assert reasons == {key.split(".")[1] for key in ENGLISH if key.startswith("bad_invite.")}


@pytest.mark.parametrize("language", languages.ENDONYMS)
def test_plural_forms_are_those_of_the_language(language: str) -> None:
    forms = {"en": {"one", "other"}, "bn": {"one", "other"}}[language]
    found: dict[str, set[str]] = {}
    for key in languages.load(language):
        if match := PLURAL.search(key):
            found.setdefault(PLURAL.sub("", key), set()).add(match[1])
    assert found
    assert all(has == forms for has in found.values())
