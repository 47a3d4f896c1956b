"""Both languages are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from server.modules import OWN_MODULES
from server.portal.import_words import FILE, ROW
from server.portal.pages import TEMPLATES
from server.portal.refusals import Refused
from server.portal.values import MESSAGES
from server.portal.words import LOCALES, Words, catalogue
from syncengine.model.sentences import ENGLISH

SOURCE = TEMPLATES.parent
MODULES = Path(__file__).resolve().parents[2] / "modules"
ALL = (LOCALES, *sorted(MODULES.glob("*/locale")))
TOLD = re.compile(r"""\b(?:_|w|words)\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(?:\s*("[^"]*"))?""")
MANY = re.compile(r'\.many\(\s*"([^"]*)", "([^"]*)"')


def messages() -> set[str]:
    """Every message of templates and pages."""
    found = {kind.title for kind in Refused.__subclasses__()} | {
        kind.said for kind in Refused.__subclasses__()
    }
    own = [*MODULES.glob("*/templates/*.html"), *MODULES.glob("*/portal/*.py")]
    for path in [*TEMPLATES.glob("*.html"), *SOURCE.glob("*.py"), *own]:
        text = path.read_text(encoding="utf-8")
        found |= {first[1:-1] + second[1:-1] for first, second in TOLD.findall(text)}
        found |= {one for one, _ in MANY.findall(text)}
    return found


def test_german_has_every_message() -> None:
    coded = {*FILE.values(), *ROW.values(), *MESSAGES.values()}
    assert sorted((messages() | coded) - set(catalogue("de", ALL))) == []


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_kind_of_row_has_a_name(language: str) -> None:
    for module in OWN_MODULES:
        known = catalogue(language, (LOCALES, MODULES / "masterdata" / "locale",
                                     MODULES / module.name / "locale"))  # fmt: skip
        assert ("module", module.name) in known
        for entity in module.entities:
            assert ("entity", entity.name) in known
            assert ("entities", entity.name) in known
            if language == "de":
                fields = [f.name for f in entity.fields]
                assert [n for n in fields if ("field", n) not in known] == []


def test_what_nobody_translated_is_readable() -> None:
    """A third party's module, an installation's own field; an abbreviation has its own letters."""
    assert (Words("de").field("iban"), Words("en").field("iban")) == ("IBAN", "IBAN")
    assert Words("de").field("shelf_metres") == "Shelf metres"
    assert LOCALES.exists()


def test_german_has_every_sentence_of_the_engine() -> None:
    known = {
        key[1] for key in catalogue("de", ALL) if isinstance(key, tuple) and key[0] == "sentence"
    }
    assert known == set(ENGLISH)


@pytest.mark.parametrize("language", ["de", "en"])
def test_placeholders_are_the_same_in_both(language: str) -> None:
    for key, said in catalogue(language, ALL).items():
        message = key if isinstance(key, str) else key[1]
        if isinstance(key, tuple) and key[0] == "sentence":
            message = ENGLISH[key[1]]
        if isinstance(key, tuple) and key[0] == "refusal":
            continue  # its sentences are made where something is refused
        for form in (said,) if isinstance(said, str) else said:
            assert sorted(re.findall(r"%\(\w+\)s", form)) == sorted(
                re.findall(r"%\(\w+\)s", message)
            )


@pytest.mark.parametrize("language", ["de", "en"])
def test_no_module_means_something_else_by_a_message_of_the_portal(language: str) -> None:
    """The portal's words count, so those of the module would show nowhere."""
    own = catalogue(language)
    for folder in ALL[1:]:
        theirs = catalogue(language, (folder,))
        wrong = {key for key, said in theirs.items() if own.get(key, said) != said}
        assert wrong - {""} == set(), folder


def test_numbers_are_read_as_they_are_written() -> None:
    for language, text in (("de", "1.234,50"), ("en", "1,234.50")):
        words = Words(language)
        assert words.number(words.read_decimal(text)) == text


def test_what_is_of_this_moment_is_not_in_the_future() -> None:
    assert Words("en").ago(5, 5) == Words("en").ago(7, 5) == "1 second ago"
