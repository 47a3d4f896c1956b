"""The wide table of one template: a line for each report, with a column for each question and for
each of its many choices.

What is asked of articles is in further lines, one for each report and article that has answers: so
nothing is there twice, and whoever counts reports takes the lines without an article.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
from syncengine.model.fields import Bool, FieldType, Stored
from syncengine.model.questionnaire import Choice, Form, Kind, Question, Section, Texts
from syncengine.model.rights import Rights
from syncengine.store.store import Store

HEAD: tuple[Column, ...] = (*ABOUT, Column("article_number", TEXT), Column("article", TEXT))
TYPES: dict[Kind, FieldType] = {
    Kind.YES_NO: Bool(),
    Kind.MANY: Bool(),
    Kind.NUMBER: NUMBER,
    Kind.RATING: NUMBER,
    Kind.DATE: DAY,
}  # of others a text


def columns(form: Form) -> tuple[Column, ...]:
    """As they are for a template's form."""
    return (*HEAD, *(column for column, _, _ in _asked(form)))


def _asked(form: Form) -> Iterator[tuple[Column, Question, Choice | None]]:
    for section in form.sections:
        for question in section.questions:
            yield from _of_question(section, question)


def _of_question(
    section: Section, question: Question
) -> Iterator[tuple[Column, Question, Choice | None]]:
    key, kind = f"{section.key}.{question.key}", TYPES.get(question.kind, TEXT)
    if question.kind is not Kind.MANY:
        yield Column(key, kind, question.text), question, None
        return
    for choice in question.choices:
        called = Texts(*(
            f"{question.text.said(language)}: {choice.text.said(language)}"
            for language in ("de", "en")
        ))  # fmt: skip
        yield Column(f"{key}.{choice.key}", kind, called), question, choice


def lines(
    connection: sa.Connection, store: Store, rights: Rights, chosen: Chosen, language: str
) -> Iterator[Line]:
    """Of the chosen reports of one template that the user may see, with texts in that language; in
    stored form.
    """
    assert chosen.template is not None
    names, asked = Names(connection, store, rights), list[tuple[Question, Choice | None]]()
    for one in judged(connection, store, rights, chosen, names):
        asked = asked or [(question, choice) for _, question, choice in _asked(one.form)]
        yield from _of_report(one, names, asked, language)


def _of_report(
    report: Judged, names: Names, asked: Sequence[tuple[Question, Choice | None]], language: str
) -> Iterator[Line]:
    told = about(report.row, names)
    by_article: dict[bytes | None, dict[str, list[Stored]]] = {None: {}}
    for item, values in report.answers:
        by_article.setdefault(item.article, {})[item.question.key] = values
    for article, given in by_article.items():
        yield [*told, *names.article(article), *(
            _said(question, choice, given.get(question.key, []), language)
            for question, choice in asked
        )]  # fmt: skip


def _said(
    question: Question, choice: Choice | None, values: Sequence[Stored], language: str
) -> Stored:
    if not values:
        return None
    match question.kind:
        case Kind.MANY:
            assert choice is not None
            return choice.key in values
        case Kind.ONE:
            called = {one.key: one.text.said(language) for one in question.choices}
            return called.get(str(values[0]), values[0])
        case Kind.PHOTO | Kind.SIGNATURE:
            return " ".join(value.hex() for value in values if isinstance(value, bytes))
    return values[0]
