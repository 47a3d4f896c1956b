"""The answers of reports that count, in SQL: the last one at each place, where there is one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from modules.visit_reports.evaluation.chosen import ANSWER
from syncengine.model.filling import ANSWER_FIELDS, Answer
from syncengine.model.questionnaire import Form, Kind, Section
from syncengine.store.store import Store

STREAM = 1_000  # rows in memory at once
SPACE = "".join(map(chr, filter(lambda n: chr(n).isspace(), range(0x3001))))  # what strip() takes
_FIELDS = ("article", *ANSWER_FIELDS)


def answers_to(
    store: Store, form: Form, keys: Collection[str], kinds: Collection[Kind]
) -> sa.ColumnElement[bool]:
    """The condition on the table report_answer: a row answers one of these questions of the form,
    where that is of one of these kinds, is not empty, and is the last one at its place.
    """
    table = store.tables[ANSWER]
    parts = [_in_section(table, section, keys, kinds) for section in form.sections]
    return sa.and_(sa.or_(sa.false(), *parts), _last(table))


def _in_section(
    table: sa.Table, section: Section, keys: Collection[str], kinds: Collection[Kind]
) -> sa.ColumnElement[bool]:
    a, there = table.c, dict[sa.ColumnElement[bool], list[str]]()
    filled = {kind: some for some, kinds_ in _filled(table) for kind in kinds_}
    for question in section.questions:
        if question.key in keys and question.kind in kinds:
            there.setdefault(filled[question.kind], []).append(question.key)
    place = a.article.is_(None) if section.articles is None else a.article.in_(section.articles)
    told = [sa.and_(a.question.in_(some), is_filled) for is_filled, some in there.items()]
    return sa.and_(place, sa.or_(sa.false(), *told))


def _filled(table: sa.Table) -> list[tuple[sa.ColumnElement[bool], tuple[Kind, ...]]]:
    """(that there is an answer, the kinds of questions that have it there)."""
    a = table.c
    first = a.position == 0
    return [
        (sa.and_(first, a.yes.is_not(None)), (Kind.YES_NO,)),
        (sa.and_(first, sa.func.trim(a.text, SPACE) != ""), (Kind.ONE, Kind.TEXT, Kind.BAR_CODE)),
        (sa.and_(first, a.choices != "[]"), (Kind.MANY,)),
        (sa.and_(first, a.amount.is_not(None)), (Kind.NUMBER, Kind.RATING)),
        (sa.and_(first, a.day.is_not(None)), (Kind.DATE,)),
        (sa.and_(first, a.file.is_not(None)), (Kind.SIGNATURE,)),
        (a.file.is_not(None), (Kind.PHOTO,)),
    ]


def _last(table: sa.Table) -> sa.ColumnElement[bool]:
    later, a = table.alias(), table.c
    return ~sa.exists().where(
        later.c.report == a.report,
        later.c.question == a.question,
        later.c.position == a.position,
        later.c.article.is_not_distinct_from(a.article),
        later.c.id > a.id,
    )


def by_report(
    connection: sa.Connection, store: Store, reports: sa.FromClause, keys: Collection[str] | None
) -> Iterator[tuple[sa.Row[Any], list[Answer]]]:
    """(report, its answers to these questions, without keys to all) of those that have any, by id;
    `reports` has their ids as `id`. Reads on while it is gone through.
    """
    a = store.tables[ANSWER].c
    of_report = list(reports.c)
    wanted: sa.Select[Any] = (
        sa.select(*of_report, a.id.label("answer"), *(a[name] for name in _FIELDS))
        .join_from(reports, store.tables[ANSWER], a.report == reports.c.id)
        .where(sa.true() if keys is None else a.question.in_(keys))
        .order_by(reports.c.id)
        .execution_options(yield_per=STREAM)
    )
    place = len(of_report)
    for _, rows in groupby(connection.execute(wanted), lambda row: row[0]):
        some = list(rows)
        yield (
            some[0],
            [
                Answer(row[place], **dict(zip(_FIELDS, row[place + 1 :], strict=True)))
                for row in some
            ],
        )
