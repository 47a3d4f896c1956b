"""Figures of reports: how often each question was answered, and with what.

Questions that are always asked are counted in SQL, value by value. Whether one that may be skipped
was asked, the judge of everywhere says (`filling.judge`), report by report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from modules.visit_reports.evaluation.asked import STREAM, answers_to, by_report
from modules.visit_reports.evaluation.chosen import (
    ANSWER,
    REPORT,
    TEMPLATE,
    By,
    Chosen,
    Grouping,
    reports,
)
from modules.visit_reports.evaluation.said import deciding, skippable, values_of
from modules.visit_reports.evaluation.tally import PICTURE, Tally
from syncengine.model.fields import Stored
from syncengine.model.filling import chosen_keys, counting, judge
from syncengine.model.questionnaire import Form, Kind, Question
from syncengine.model.questionnaire_field import form_of
from syncengine.model.rights import Rights
from syncengine.store.database import reading
from syncengine.store.store import Store

MOST_REPORTS = 50_000  # that are counted at once
GROUPS = 40  # that are told apart, those with most reports; the others are one
OTHERS = "others"
Group = Stored


class TooManyReports(Exception):
    """There are more than MOST_REPORTS: choose fewer."""


@dataclass(frozen=True)
class Subject:
    """A question of all editions that ask for the same under the same key."""

    key: str
    kind: Kind
    unit: str

    @classmethod
    def of(cls, question: Question) -> Subject:
        """The question's."""
        return cls(question.key, question.kind, question.unit)


@dataclass(frozen=True)
class Edition:
    """A template with chosen reports."""

    id: bytes
    title: str
    number: int
    form: Form


@dataclass
class Figures:
    """editions: the newest first. groups: how many reports each has, those with most first; OTHERS
    are the groups beyond GROUPS. tallies: by question, article (None: of a question for no article,
    and where groups are told apart) and group (None: where none are told apart, and nowhere).
    """

    reports: int
    editions: list[Edition]
    groups: Mapping[Group, int]
    tallies: dict[tuple[Subject, bytes | None, Group], Tally] = field(default_factory=dict)

    def tally(self, subject: Subject, article: bytes | None, group: Group) -> Tally:
        """That of a place; a new one where there is none."""
        known = group if group in self.groups else OTHERS
        return self.tallies.setdefault((subject, article, known), Tally())


def figures(
    store: Store, rights: Rights, chosen: Chosen, grouping: Grouping | None = None
) -> Figures:
    """Of the reports that the user may see, in one snapshot. TooManyReports."""
    grouping = grouping or Grouping()
    with reading(store.engine) as connection:
        found = _begun(connection, store, rights, chosen, grouping)
        for edition in found.editions:
            wanted = reports(store, rights, chosen, grouping=grouping)
            of_edition = wanted.where(store.tables[REPORT].c.template == edition.id).cte()
            each = grouping.by is By.NOTHING  # article
            _count(connection, store, found, edition.form, of_edition, each)
            _judge(connection, store, found, edition.form, of_edition, each)
    return found


def _begun(
    connection: sa.Connection, store: Store, rights: Rights, chosen: Chosen, grouping: Grouping
) -> Figures:
    """With reports counted, and no answers."""
    every = reports(store, rights, chosen, grouping=grouping).cte()
    number = sa.func.count()
    wanted = sa.select(every.c.template, every.c.grouped, number)
    wanted = wanted.group_by(every.c.template, every.c.grouped)
    groups, templates = Counter[Group](), Counter[bytes]()
    for template, group, times in connection.execute(wanted):
        groups[group] += times
        templates[template] += times
    if groups.total() > MOST_REPORTS:
        raise TooManyReports
    kept = dict(groups.most_common(GROUPS))
    if len(groups) > GROUPS:
        kept[OTHERS] = groups.total() - sum(kept.values())
    return Figures(groups.total(), _editions(connection, store, templates), kept)


def _editions(
    connection: sa.Connection, store: Store, templates: Mapping[bytes, int]
) -> list[Edition]:
    t = store.tables[TEMPLATE].c
    wanted = sa.select(t.id, t.title, t.edition, t.form).where(t.id.in_(list(templates)))
    rows = connection.execute(wanted.order_by(t.edition.desc()))
    return [Edition(row.id, row.title, row.edition, form_of(row.form)) for row in rows]


def _count(
    connection: sa.Connection, store: Store, found: Figures, form: Form, of: sa.CTE, each: bool
) -> None:
    """Count the answers to questions that are always asked. each: article by itself."""
    given = _given(store, form, of, each, frozenset(Kind) - {Kind.PHOTO}).c
    values = (given.article, given.question, given.yes, given.choice, given.choices, given.amount,
              given.day)  # fmt: skip
    wanted = sa.select(given.grouped, *values, sa.func.count().label("times"))
    grouped = wanted.group_by(given.grouped, *values)
    for row in connection.execute(grouped.execution_options(yield_per=STREAM)):
        question = form.questions[row.question]
        tally = found.tally(Subject.of(question), row.article, row.grouped)
        tally.add(question.kind, _values(question.kind, row), row.times)
    if any(question.kind is Kind.PHOTO for question in form.questions.values()):
        _count_photos(connection, store, found, form, of, each)


def _given(
    store: Store, form: Form, of: sa.CTE, each: bool, kinds: Collection[Kind]
) -> sa.Subquery:
    """The answers to questions of these kinds that are always asked. Texts are of choices alone: of
    others there would be as many as answers.
    """
    keys, a = form.questions.keys() - skippable(form), store.tables[ANSWER].c
    ones = [key for key in keys if form.questions[key].kind is Kind.ONE]
    article = a.article if each else sa.cast(sa.null(), sa.LargeBinary()).label("article")
    return (
        sa.select(
            of.c.grouped, a.report, article, a.question, a.yes, a.choices, a.amount, a.day,
            sa.case((a.question.in_(ones), a.text)).label("choice"),
        )
        .join_from(of, store.tables[ANSWER], a.report == of.c.id)
        .where(answers_to(store, form, keys, kinds))
        .subquery()
    )  # fmt: skip


def _values(kind: Kind, row: sa.Row[Any]) -> list[Stored]:
    match kind:
        case Kind.YES_NO:
            return [row.yes]
        case Kind.ONE:
            return [row.choice]
        case Kind.MANY:
            return list(dict.fromkeys(chosen_keys(row.choices)))
        case Kind.NUMBER | Kind.RATING:
            return [row.amount]
        case Kind.DATE:
            return [row.day]
    return [True]  # there is one; which, is not counted


def _count_photos(
    connection: sa.Connection, store: Store, found: Figures, form: Form, of: sa.CTE, each: bool
) -> None:
    """Likewise; a question may have several."""
    a = store.tables[ANSWER].c
    given = _given(store, form, of, True, (Kind.PHOTO,)).c
    place, count = (given.grouped, given.report, given.article, given.question), sa.func.count()
    one = sa.select(*place, count.label("times")).group_by(*place).subquery().c
    article = one.article if each else sa.cast(sa.null(), a.article.type).label("article")
    grouped = (one.grouped, one.question, *((one.article,) if each else ()))
    wanted = sa.select(one.grouped, article, one.question, count, sa.func.sum(one.times))
    for group, about, key, answered, taken in connection.execute(wanted.group_by(*grouped)):
        tally = found.tally(Subject.of(form.questions[key]), about, group)
        tally.answered += answered
        tally.values[PICTURE] += int(taken)


def _judge(
    connection: sa.Connection, store: Store, found: Figures, form: Form, of: sa.CTE, each: bool
) -> None:
    """Count the answers to questions that may be skipped, where they were asked."""
    skip, decide = skippable(form), deciding(form)
    if not skip:
        return
    for report, answers in by_report(connection, store, of, decide.questions.keys()):
        given = counting(answers)
        for item in judge(decide, answers).items:
            rows = given.get((item.question.key, item.article))
            if not (item.answered and rows and item.question.key in skip):
                continue
            question, article = form.questions[item.question.key], item.article if each else None
            tally = found.tally(Subject.of(question), article, report.grouped)
            tally.add(question.kind, values_of(question, rows))
