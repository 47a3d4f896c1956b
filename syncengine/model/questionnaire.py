"""Questionnaires: forms as data, in a field of type Questionnaire (questionnaire_field.py).

A form is read from JSON (questionnaire_data.py); rows of another entity answer it, and filling.py
judges how far. Conditions in a form are those of everywhere (conditions.py), on the answers to what
comes before: each question gives the fields that `Question.fields` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from syncengine.model.conditions import Condition, fields_of, matches
from syncengine.model.entity import Entity, Field
from syncengine.model.fields import (
    BlobReference,
    Bool,
    Date,
    Decimal,
    Enum,
    FieldType,
    Integer,
    Json,
    Stored,
    Text,
)

SCALE = 4  # digits behind the point of a number
UNIT = 10**SCALE
MAX_ANSWER = 4_000  # characters


class Kind(StrEnum):
    """What a question asks for."""

    ONE = "one"  # of its choices
    MANY = "many"  # of its choices
    YES_NO = "yes_no"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    RATING = "rating"  # from its minimum to its maximum, whole
    PHOTO = "photo"  # one or several
    SIGNATURE = "signature"
    BAR_CODE = "bar_code"


@dataclass(frozen=True)
class Texts:
    """One text in each language; in one at least."""

    de: str = ""
    en: str = ""

    def said(self, language: str) -> str:
        """In that language, else in the other one."""
        return (self.de or self.en) if language == "de" else (self.en or self.de)


@dataclass(frozen=True)
class When:
    """A condition on answers. entity: the fields that it reads."""

    condition: Condition
    entity: Entity

    def holds(self, answers: Mapping[str, Stored]) -> bool:
        """Whether it does, with these values by the fields' names; what is missing is empty."""
        values = tuple(answers.get(f.name) for f in self.entity.fields)
        return matches(self.condition, self.entity, values, lambda *_: False)


def when(condition: Condition, fields: Mapping[str, Field]) -> When:
    """A condition with those of the fields that it reads."""
    named = sorted(fields_of(condition))
    read = (Field(n, name, fields[name].type) for n, name in enumerate(named, 1))
    return When(condition, Entity(1, "answers", tuple(read)))


@dataclass(frozen=True)
class Choice:
    """One that can be chosen."""

    key: str
    text: Texts


@dataclass(frozen=True)
class Question:
    """One question. minimum, maximum: of a number (in units of 10**-4), a day (its text) or a
    rating; of photos and choices, how many; of a text, maximum is its length. valid_when may ask
    for the answer itself, too; `invalid` is said where it does not hold.
    """

    key: str
    kind: Kind
    text: Texts
    help: Texts | None = None
    mandatory: bool | When = False
    shown_when: When | None = None
    valid_when: When | None = None
    invalid: Texts | None = None
    minimum: int | str | None = None
    maximum: int | str | None = None
    unit: str = ""
    choices: tuple[Choice, ...] = ()

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """What conditions may ask for: its answer, and of each of many choices whether it is
        chosen.
        """
        each = self.choices if self.kind is Kind.MANY else ()
        chosen = (Field(1, f"{self.key}.{choice.key}", Bool()) for choice in each)
        return (Field(1, self.key, self._type), *chosen)

    @cached_property
    def known(self) -> frozenset[str]:
        """The keys of its choices."""
        return frozenset(choice.key for choice in self.choices)

    @property
    def _type(self) -> FieldType:
        match self.kind:
            case Kind.ONE:
                return Enum(tuple(choice.key for choice in self.choices))
            case Kind.MANY:
                return Json()
            case Kind.YES_NO:
                return Bool()
            case Kind.TEXT | Kind.BAR_CODE:
                return Text(MAX_ANSWER)
            case Kind.NUMBER:
                return Decimal(SCALE)
            case Kind.RATING:
                return Integer()
            case Kind.DATE:
                return Date()
            case Kind.PHOTO | Kind.SIGNATURE:
                return BlobReference()


@dataclass(frozen=True)
class Section:
    """Questions under a title. articles: the ids of those of which each gets all the questions;
    None where it is about none.
    """

    key: str
    title: Texts
    questions: tuple[Question, ...] = ()
    shown_when: When | None = None
    articles: tuple[bytes, ...] | None = None


@dataclass(frozen=True)
class Form:
    """A questionnaire."""

    sections: tuple[Section, ...] = ()

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """By key."""
        return {one.key: one for section in self.sections for one in section.questions}
