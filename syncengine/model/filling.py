"""How far answers fill a questionnaire: judged alike on the device, at once and offline, and on the
server. Pure.
"""

from __future__ import annotations

import json
from collections import ChainMap
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from syncengine.model.entity import Entity
from syncengine.model.fields import (
    BlobReference,
    Bool,
    Date,
    Decimal,
    FieldType,
    Integer,
    Json,
    Stored,
    Text,
)
from syncengine.model.questionnaire import (
    MAX_ANSWER,
    SCALE,
    UNIT,
    Form,
    Kind,
    Question,
    Section,
    When,
)
from syncengine.model.sentences import Sentence, say


@dataclass(frozen=True)
class Answer:
    """A row that answers, in stored values. id: of rows that answer the same, the greatest counts,
    so the one that was made last. choices: canonical JSON, a list of keys.
    """

    id: bytes
    question: str
    article: bytes | None = None
    position: int = 0
    yes: bool | None = None
    text: str | None = None
    choices: str | None = None
    amount: int | None = None
    day: str | None = None
    file: bytes | None = None


# What the rows of an entity that answers have, by name; `article` refers to whatever articles are.
ANSWER_FIELDS: Mapping[str, FieldType] = {
    "question": Text(40),
    "position": Integer(),
    "yes": Bool(),
    "text": Text(MAX_ANSWER),
    "choices": Json(),
    "amount": Decimal(SCALE),
    "day": Date(),
    "file": BlobReference(),
}
ARTICLE = "article"


def answer_of(entity: Entity, row_id: bytes, values: Sequence[Stored]) -> Answer:
    """The answer that a row is; its values by position."""
    found = {name: values[entity.position(name)] for name in (*ANSWER_FIELDS, ARTICLE)}
    found["position"] = found["position"] or 0
    if found["yes"] is not None:
        found["yes"] = bool(found["yes"])  # SQLite hands 0 and 1 back
    return Answer(row_id, **found)  # type: ignore[arg-type]


class Lack(StrEnum):
    """What keeps a question from being done."""

    MISSING = "missing"
    NO_CHOICE = "no_choice"  # what was chosen is none of its choices
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    NOT_WHOLE = "not_whole"
    NOT_VALID = "not_valid"  # its valid_when does not hold


@dataclass(frozen=True)
class Item:
    """How one question stands, for one article in a matrix. A skipped one (not asked) is neither
    mandatory nor answered and lacks nothing, whatever is stored.
    """

    section: Section
    question: Question
    article: bytes | None
    asked: bool = False
    mandatory: bool = False
    answered: bool = False
    lack: Lack | None = None


@dataclass(frozen=True)
class Standing:
    """How a form stands, question by question in its order; in a matrix article by article."""

    items: tuple[Item, ...] = ()

    @cached_property
    def lacking(self) -> tuple[Item, ...]:
        """What is missing or wrong."""
        return tuple(item for item in self.items if item.lack is not None)

    @property
    def complete(self) -> bool:
        """Whether all that is mandatory is answered, and no answer is wrong."""
        return not self.lacking

    @cached_property
    def by_place(self) -> Mapping[tuple[str, bytes | None], Item]:
        """By the question's key and the article."""
        return {(item.question.key, item.article): item for item in self.items}

    @property
    def why_not(self) -> Sentence | None:
        """What keeps it from being complete: the first question, in its words in each language,
        and how many more.
        """
        if self.complete:
            return None
        first, *more = self.lacking
        texts = first.question.text
        said = " / ".join(dict.fromkeys(text for text in (texts.de, texts.en) if text))
        code = "not_answered" if first.lack is Lack.MISSING else "not_fitting"
        return say(code, question=f"{said} (+{len(more)})" if more else said)


Rows = Mapping[int, Answer]  # by position
_NONE: Rows = {}


def judge(form: Form, answers: Iterable[Answer]) -> Standing:
    """How the form stands with these answers, in any order. Those to no question of it are left
    aside; that of a skipped question counts as empty in every condition.
    """
    given = counting(answers)
    items: list[Item] = []
    said: dict[str, Stored] = {}
    for section in form.sections:
        shown = section.shown_when is None or section.shown_when.holds(said)
        for article in (None,) if section.articles is None else section.articles:
            known = said if section.articles is None else ChainMap[str, Stored]({}, said)
            for question in section.questions:
                asked = shown and (question.shown_when is None or question.shown_when.holds(known))
                rows = given.get((question.key, article), _NONE)
                how = _judged(question, rows, known) if asked else ()
                items.append(Item(section, question, article, asked, *how))
    return Standing(tuple(items))


def counting(answers: Iterable[Answer]) -> dict[tuple[str, bytes | None], dict[int, Answer]]:
    """By question and article, at each position the one that counts: the greatest id."""
    found: dict[tuple[str, bytes | None], dict[int, Answer]] = {}
    for answer in answers:
        rows = found.setdefault((answer.question, answer.article), {})
        before = rows.get(answer.position)
        if before is None or before.id < answer.id:
            rows[answer.position] = answer
    return found


def _judged(
    question: Question, rows: Rows, known: MutableMapping[str, Stored]
) -> tuple[bool, bool, Lack | None]:
    """Of a question that is asked: mandatory, answered, what it lacks; adds its answer to what
    conditions know.
    """
    value, lack = _said(question, rows)
    mandatory = question.mandatory
    if isinstance(mandatory, When):
        mandatory = mandatory.holds(known)
    answered = value is not None or lack is not None
    if not answered:
        return mandatory, False, Lack.MISSING if mandatory else None
    known[question.key] = value
    if question.kind is Kind.MANY:
        chosen = chosen_keys(value)
        known.update({f"{question.key}.{key}": key in chosen for key in question.known})
    if lack is None and question.valid_when is not None and not question.valid_when.holds(known):
        lack = Lack.NOT_VALID
    return mandatory, True, lack


def _said(question: Question, rows: Rows) -> tuple[Stored, Lack | None]:
    """The value of an answer, None where there is none, and what is wrong with it by itself."""
    if question.kind is Kind.PHOTO:
        files = [rows[place].file for place in sorted(rows) if rows[place].file is not None]
        return (files[0], _counted(question, len(files))) if files else (None, None)
    answer = rows.get(0)
    if answer is None:
        return None, None
    match question.kind:
        case Kind.YES_NO:
            return answer.yes, None
        case Kind.SIGNATURE:
            return answer.file, None
        case Kind.ONE | Kind.TEXT | Kind.BAR_CODE:
            return _text(question, answer.text)
        case Kind.MANY:
            return _many(question, answer.choices)
        case Kind.RATING:
            whole, rest = divmod(answer.amount or 0, UNIT)
            value = None if answer.amount is None or rest else whole
            return value, Lack.NOT_WHOLE if rest else _between(question, value)
        case Kind.NUMBER:
            return answer.amount, _between(question, answer.amount)
        case Kind.DATE:
            return answer.day, _between(question, answer.day)


def _text(question: Question, text: str | None) -> tuple[Stored, Lack | None]:
    if text is None or not text.strip():
        return None, None
    if question.kind is Kind.ONE:
        return text, None if text in question.known else Lack.NO_CHOICE
    longest = question.maximum
    return text, Lack.TOO_LONG if isinstance(longest, int) and len(text) > longest else None


def _many(question: Question, choices: str | None) -> tuple[Stored, Lack | None]:
    chosen = chosen_keys(choices)
    if chosen == []:
        return None, None
    if len(set(chosen)) != len(chosen) or not question.known.issuperset(chosen):
        return choices, Lack.NO_CHOICE
    return choices, _counted(question, len(chosen))


def chosen_keys(choices: Stored) -> list[str]:
    """The keys that an answer stores; what is no list of keys is a key that nobody knows."""
    found = json.loads(choices) if isinstance(choices, str) else []
    keys = isinstance(found, list) and all(isinstance(key, str) for key in found)
    return found if keys else [""]


def _between(question: Question, value: int | str | None) -> Lack | None:
    """Both bounds of a question are of its answer's type."""
    low, high = question.minimum, question.maximum
    if value is None:
        return None
    if low is not None and value < low:  # type: ignore[operator]
        return Lack.TOO_SMALL
    return Lack.TOO_LARGE if high is not None and value > high else None  # type: ignore[operator]


def _counted(question: Question, count: int) -> Lack | None:
    few, many = question.minimum, question.maximum
    if isinstance(few, int) and count < few:
        return Lack.TOO_FEW
    return Lack.TOO_MANY if isinstance(many, int) and count > many else None
