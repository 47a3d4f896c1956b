"""Both languages are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from device_sdk.screen.refusals import NoPage
from device_sdk.screen.screen import TEMPLATES
from device_sdk.screen.values import MESSAGES
from device_sdk.screen.words import LOCALES, Words, catalogue, negotiated

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "modules"
ALL = (LOCALES, *sorted(MODULES.glob("*/locale")))
TOLD = re.compile(r"""\b(?:_|w|words|self)\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
MANY = re.compile(r'\.many\(\s*"([^"]*)", "([^"]*)"')
LABEL = re.compile(r'Link\("[^"]*", "([^"]*)"')
ONLY_OFFICES = (
    "account.", "access.beyond", "row.changed", "key.taken", "rule.", "substitution.self",
    "substitution.window", "substitution.overlap", "substitution.cycle",
)  # fmt: skip
PROTOCOL = (ROOT / "docs" / "PROTOCOL.md").read_text(encoding="utf-8")


def messages() -> set[str]:
    """Every message of templates and pages."""
    kinds: list[type[NoPage]] = [NoPage, *NoPage.__subclasses__()]
    found = {kind.title for kind in kinds} | {kind.said for kind in kinds} | set(MESSAGES.values())
    places = [*TEMPLATES.glob("*.html"), *TEMPLATES.parent.glob("*.py"),
              *MODULES.glob("*/screen/**/*.html"), *MODULES.glob("*/screen/*.py")]  # fmt: skip
    for path in places:
        text = path.read_text(encoding="utf-8")
        found |= {said[1:-1] for said in TOLD.findall(text)} | set(LABEL.findall(text))
        found |= {one for one, _ in MANY.findall(text)}
    return found


def test_german_has_every_message() -> None:
    assert len(messages()) > 100
    assert sorted(messages() - set(catalogue("de", ALL))) == []


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_objection_that_a_device_meets_has_words(language: str) -> None:
    """Those of the protocol's table, but for what only the office and other systems get."""
    table = PROTOCOL.split("### Objections")[1].split("\n#")[0]
    lines = re.findall(r"^\| `([a-z_.]+)` \| (.*) \|$", table, re.MULTILINE)
    codes = {code for code, _ in lines if not code.startswith(ONLY_OFFICES)}
    assert len(codes) > 30
    known = {key[1] for key in catalogue(language) if isinstance(key, tuple) and key[0] == "reason"}
    assert sorted(codes - known) == []


@pytest.mark.parametrize("language", ["de", "en"])
def test_placeholders_are_the_same_in_both(language: str) -> None:
    for key, said in catalogue(language).items():
        if isinstance(key, str):
            for form in (said,) if isinstance(said, str) else said:
                assert sorted(re.findall(r"%\(\w+\)s", form)) == sorted(
                    re.findall(r"%\(\w+\)s", key)
                )


def test_numbers_are_read_as_they_are_written() -> None:
    for language, text in (("de", "1.234,50"), ("en", "1,234.50")):
        words = Words(language)
        assert words.number(words.read_decimal(text)) == text


@pytest.mark.parametrize(
    ("header", "language"), [("de-AT,de;q=0.9", "de"), ("fr, de", "de"), ("fr", "en"), ("", "en")]
)
def test_the_browsers_language_counts(header: str, language: str) -> None:
    assert negotiated(header) == language
