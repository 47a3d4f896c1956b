"""Forms as JSON data are read, with every fault named; questionnaire_writing.py is the reverse."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Any, TypeVar

from syncengine.model.condition_data import (
    read_condition_on,
    read_value,
)
from syncengine.model.conditions import nodes_of
from syncengine.model.entity import RESERVED_NAMES, Field
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import (
    Date,
    Decimal,
    FieldType,
    Integer,
    Reference,
    Text,
)
from syncengine.model.questionnaire import (
    MAX_ANSWER,
    SCALE,
    Choice,
    Form,
    Kind,
    Question,
    Section,
    Texts,
    When,
    when,
)

MAX_SECTIONS = 50
MAX_QUESTIONS = 300  # of a form
MAX_CHOICES = 100  # of a question
MAX_ARTICLES = 500  # of a section
MAX_WORK = 10_000  # questions, each as often as it has articles, and the parts of their conditions
MAX_SAID = 1_000  # characters of a text
MAX_UNIT = 20
MAX_PHOTOS = 50
MAX_RATING = 100
RATINGS = 5  # where nothing else is said

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
ARTICLE = Reference()
# The bounds that a kind of question can have, and what else only some have.
BOUNDS: dict[Kind, tuple[FieldType, frozenset[str]]] = {
    Kind.NUMBER: (Decimal(SCALE), frozenset({"minimum", "maximum"})),
    Kind.DATE: (Date(), frozenset({"minimum", "maximum"})),
    Kind.RATING: (Integer(0, MAX_RATING), frozenset({"minimum", "maximum"})),
    Kind.PHOTO: (Integer(1, MAX_PHOTOS), frozenset({"minimum", "maximum"})),
    Kind.MANY: (Integer(1, MAX_CHOICES), frozenset({"minimum", "maximum"})),
    Kind.TEXT: (Integer(1, MAX_ANSWER), frozenset({"maximum"})),
}
CHOOSING = (Kind.ONE, Kind.MANY)
QUESTION = frozenset({"help", "mandatory", "shown_when", "valid_when", "invalid"})
_T = TypeVar("_T")


class Fault(StrEnum):
    """What is wrong with a form's data: stable, in `data["fault"]` of the InvalidValue. What is
    wrong with a condition in it is one of condition_data.Fault.
    """

    MALFORMED = "questionnaire.malformed"
    KEY_UNKNOWN = "questionnaire.key_unknown"  # of a JSON object
    NAME_WRONG = "questionnaire.name_wrong"  # the `key` of a section, a question or a choice
    NAME_TWICE = "questionnaire.name_twice"
    KIND_UNKNOWN = "questionnaire.kind_unknown"
    TEXT_WRONG = "questionnaire.text_wrong"
    BOUND_WRONG = "questionnaire.bound_wrong"
    ARTICLE_WRONG = "questionnaire.article_wrong"
    TOO_MANY = "questionnaire.too_many"
    TOO_LARGE = "questionnaire.too_large"


def read_form(data: object) -> Form:
    """The form that JSON data describe; docs/PROTOCOL.md has the grammar.

    InvalidValue when anything is wrong: a Fault, of a condition one of condition_data's, in
    `data["fault"]`, its place in `data["at"]`.
    """
    return _Reader().form(data)


def _fault(fault: Fault, at: str, detail: str) -> InvalidValue:
    return InvalidValue(f"{at}: {detail}", fault=str(fault), at=at)


def _object(data: object, at: str, needed: set[str], more: frozenset[str]) -> dict[str, Any]:
    """A JSON object with these keys and no others."""
    if not isinstance(data, dict):
        raise _fault(Fault.MALFORMED, at, "an object expected")
    for key in sorted(data.keys() - needed - more):
        raise _fault(Fault.KEY_UNKNOWN, at, f"{key!r:.60} does not belong here")
    for key in sorted(needed - data.keys()):
        raise _fault(Fault.MALFORMED, at, f"{key!r} is missing")
    return data


def _each(data: object, at: str, most: int, read: Callable[[object, str], _T]) -> tuple[_T, ...]:
    """The parts of a list. Its length is looked at before anything in it."""
    if not isinstance(data, list):
        raise _fault(Fault.MALFORMED, at, "a list expected")
    if len(data) > most:
        raise _fault(Fault.TOO_MANY, at, f"at most {most} allowed")
    return tuple(read(one, f"{at}.{n}") for n, one in enumerate(data))


def _said(data: object, at: str, most: int) -> str:
    try:
        Text(most).check(data)
    except InvalidValue as error:
        raise _fault(Fault.TEXT_WRONG, at, error.detail) from None
    text = str(data)
    if not text.strip():
        raise _fault(Fault.TEXT_WRONG, at, "the text is empty")
    return text


def _texts(data: object, at: str) -> Texts:
    found = _object(data, at, set(), frozenset({"de", "en"}))
    if not found:
        raise _fault(Fault.TEXT_WRONG, at, "a text in one language at least expected")
    said = {language: _said(text, f"{at}.{language}", MAX_SAID) for language, text in found.items()}
    return Texts(**said)


def _name(data: object, at: str, taken: set[str]) -> str:
    """A key; adds it to those that are taken."""
    if not isinstance(data, str) or not KEY.fullmatch(data) or data in RESERVED_NAMES:
        what = "lower case letters, digits and _, at most 40, beginning with a letter"
        raise _fault(Fault.NAME_WRONG, at, f"{what}, expected; not {' or '.join(RESERVED_NAMES)}")
    if data in taken:
        raise _fault(Fault.NAME_TWICE, at, f"{data} stands here twice")
    taken.add(data)
    return data


def _article(data: object, at: str) -> bytes:
    try:
        found = read_value(ARTICLE, data)
    except InvalidValue:
        raise _fault(Fault.ARTICLE_WRONG, at, "the id of an article expected") from None
    assert isinstance(found, bytes)
    return found


class _Reader:
    """One reading: what it has met so far."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._questions = 0
        self._work = 0
        self._before: dict[str, Field] = {}  # what conditions may ask for

    def form(self, data: object) -> Form:
        found = _object(data, "form", {"sections"}, frozenset())
        return Form(_each(found["sections"], "sections", MAX_SECTIONS, self._section))

    def _section(self, data: object, at: str) -> Section:
        found = _object(
            data, at, {"key", "title", "questions"}, frozenset({"shown_when", "articles"})
        )
        key = _name(found["key"], f"{at}.key", self._names)
        title = _texts(found["title"], f"{at}.title")
        shown = self._when(found, "shown_when", at, 1)
        articles: tuple[bytes, ...] | None = None
        if "articles" in found:
            articles = _each(found["articles"], f"{at}.articles", MAX_ARTICLES, _article)
            if len(set(articles)) != len(articles):
                raise _fault(Fault.ARTICLE_WRONG, f"{at}.articles", "an article stands here twice")
        times = 1 if articles is None else len(articles)
        questions = _each(
            found["questions"],
            f"{at}.questions",
            MAX_QUESTIONS - self._questions,
            lambda one, place: self._question(one, place, times),
        )
        self._questions += len(questions)
        for name in _names_of(questions) if articles is not None else ():
            del self._before[name]  # other sections cannot ask: of which article?
        return Section(key, title, questions, shown, articles)

    def _question(self, data: object, at: str, times: int) -> Question:
        kind = _kind(data, at)
        bound, bounds = BOUNDS.get(kind, (Integer(), frozenset[str]()))
        unit = frozenset({"unit"}) if kind is Kind.NUMBER else frozenset[str]()
        choosing = {"choices"} if kind in CHOOSING else set[str]()
        found = _object(data, at, {"key", "kind", "text", *choosing}, QUESTION | bounds | unit)
        self._spend(times, at)
        minimum, maximum = (_bound(found, name, bound, at) for name in ("minimum", "maximum"))
        if kind is Kind.RATING:
            minimum = 1 if minimum is None else minimum
            maximum = RATINGS if maximum is None else maximum
        if minimum is not None and maximum is not None and minimum > maximum:  # type: ignore[operator]
            raise _fault(Fault.BOUND_WRONG, at, "the minimum is above the maximum")
        mandatory = found.get("mandatory", False)
        question = Question(
            _name(found["key"], f"{at}.key", self._names),
            kind,
            _texts(found["text"], f"{at}.text"),
            _texts(found["help"], f"{at}.help") if "help" in found else None,
            mandatory if isinstance(mandatory, bool) else False,
            self._when(found, "shown_when", at, times),
            None,
            _texts(found["invalid"], f"{at}.invalid") if "invalid" in found else None,
            minimum,
            maximum,
            _said(found["unit"], f"{at}.unit", MAX_UNIT) if "unit" in found else "",
            _choices(found, at),
        )
        if not isinstance(mandatory, bool):
            asked = self._when(found, "mandatory", at, times)
            question = replace(question, mandatory=asked or False)
        self._before |= {field.name: field for field in question.fields}
        return replace(question, valid_when=self._when(found, "valid_when", at, times))

    def _when(self, found: dict[str, Any], name: str, at: str, times: int) -> When | None:
        """The condition under a name, on what stands before."""
        if name not in found:
            return None
        place = f"{at}.{name}"
        condition = read_condition_on(self._before, "what is asked before", found[name], place)
        self._spend(times * sum(1 for _ in nodes_of(condition)), place)
        return when(condition, self._before)

    def _spend(self, work: int, at: str) -> None:
        self._work += work
        if self._work > MAX_WORK:
            raise _fault(Fault.TOO_LARGE, at, "too many articles, questions and conditions in all")


def _names_of(questions: tuple[Question, ...]) -> Iterator[str]:
    return (field.name for question in questions for field in question.fields)


def _kind(data: object, at: str) -> Kind:
    if not isinstance(data, dict):
        raise _fault(Fault.MALFORMED, at, "an object expected")
    kind = next((kind for kind in Kind if kind == data.get("kind")), None)
    if kind is None:
        raise _fault(Fault.KIND_UNKNOWN, f"{at}.kind", f"one of {', '.join(Kind)} expected")
    return kind


def _bound(found: dict[str, Any], name: str, kind: FieldType, at: str) -> int | str | None:
    if name not in found:
        return None
    try:
        value = read_value(kind, found[name])
    except InvalidValue as error:
        raise _fault(Fault.BOUND_WRONG, f"{at}.{name}", error.detail) from None
    assert isinstance(value, int | str)
    return value


def _choices(found: dict[str, Any], at: str) -> tuple[Choice, ...]:
    if "choices" not in found:
        return ()
    names: set[str] = set()

    def choice(data: object, place: str) -> Choice:
        one = _object(data, place, {"key", "text"}, frozenset())
        name = _name(one["key"], f"{place}.key", names)
        return Choice(name, _texts(one["text"], f"{place}.text"))

    choices = _each(found["choices"], f"{at}.choices", MAX_CHOICES, choice)
    if not choices:
        raise _fault(Fault.MALFORMED, f"{at}.choices", "a choice expected")
    return choices
