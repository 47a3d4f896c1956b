"""The long table: a line for each answer of each report, and for each of many choices and files."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from modules.visit_reports.evaluation.chosen import Chosen
from modules.visit_reports.evaluation.names import Names
from modules.visit_reports.evaluation.read import (
    ABOUT,
    DAY,
    NUMBER,
    TEXT,
    Column,
    Judged,
    Line,
    about,
    judged,
)
from syncengine.model.fields import Bool, Integer, Stored
from syncengine.model.filling import Item
from syncengine.model.questionnaire import Kind, Question
from syncengine.model.rights import Rights
from syncengine.store.store import Store

COLUMNS: tuple[Column, ...] = (
    *ABOUT,
    Column("section", TEXT),
    Column("question", TEXT),
    Column("question_text", TEXT),
    Column("question_kind", TEXT),
    Column("article_number", TEXT),
    Column("article", TEXT),
    Column("position", Integer()),
    Column("choice", TEXT),
    Column("choice_text", TEXT),
    Column("amount", NUMBER),
    Column("unit", TEXT),
    Column("yes", Bool()),
    Column("day", DAY),
    Column("text", TEXT),
    Column("file", TEXT),
)
_VALUES = ("choice", "choice_text", "amount", "unit", "yes", "day", "text", "file")


def lines(
    connection: sa.Connection, store: Store, rights: Rights, chosen: Chosen, language: str
) -> Iterator[Line]:
    """Of the chosen reports that the user may see, with texts in that language; in stored form."""
    names = Names(connection, store, rights)
    for one in judged(connection, store, rights, chosen, names):
        yield from _of_report(one, names, language)


def _of_report(report: Judged, names: Names, language: str) -> Iterator[Line]:
    told = about(report.row, names)
    for item, values in report.answers:
        asked = _asked(item, names, language)
        for position, value in enumerate(values):
            said = _said(item.question, value, language)
            yield [*told, *asked, position, *(said.get(name) for name in _VALUES)]


def _asked(item: Item, names: Names, language: str) -> Line:
    return [
        item.section.title.said(language), item.question.key, item.question.text.said(language),
        item.question.kind.value, *names.article(item.article),
    ]  # fmt: skip


def _said(question: Question, value: Stored, language: str) -> dict[str, Stored]:
    """In the column of the question's kind."""
    match question.kind:
        case Kind.ONE | Kind.MANY:
            called = {choice.key: choice.text.said(language) for choice in question.choices}
            return {"choice": value, "choice_text": called.get(str(value))}
        case Kind.NUMBER | Kind.RATING:
            return {"amount": value, "unit": question.unit or None}
        case Kind.YES_NO:
            return {"yes": value}
        case Kind.DATE:
            return {"day": value}
        case Kind.PHOTO | Kind.SIGNATURE:
            return {"file": value.hex() if isinstance(value, bytes) else None}
        case Kind.TEXT | Kind.BAR_CODE:
            return {"text": value}
