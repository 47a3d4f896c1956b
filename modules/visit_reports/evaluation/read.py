"""Reports read one after another, each judged: what tables are written from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from modules.visit_reports.evaluation.asked import by_report
from modules.visit_reports.evaluation.chosen import REPORT, TEMPLATE, VISIT, Chosen, reports
from modules.visit_reports.evaluation.names import Names
from modules.visit_reports.evaluation.said import values_of
from syncengine.model.fields import Date, Decimal, FieldType, Integer, Stored, Text, Timestamp
from syncengine.model.filling import Answer, Item, counting, judge
from syncengine.model.ids import to_text
from syncengine.model.questionnaire import SCALE, Form, Texts
from syncengine.model.questionnaire_field import form_of
from syncengine.model.rights import Rights
from syncengine.store.store import Store

PAGE = 200  # reports read at once; of their answers those of one are in memory
BATCH = 500  # lines handed on at once
Line = list[Stored]


@dataclass(frozen=True)
class Column:
    """Of a table. key: its name, the same for good. called: of a question, as it is asked."""

    key: str
    type: FieldType
    called: Texts | None = None


@dataclass(frozen=True)
class Judged:
    """A report with what was answered, in the order of its questions: (how the question stands,
    what was said) of those that were asked and answered.
    """

    row: sa.Row[Any]
    form: Form
    answers: tuple[tuple[Item, list[Stored]], ...]


TEXT = Text(4_000)
NUMBER = Decimal(SCALE)
ABOUT: tuple[Column, ...] = (  # of every report
    Column("report", TEXT),
    Column("report_template", TEXT),
    Column("edition", Integer()),
    Column("status", TEXT),
    Column("customer_number", TEXT),
    Column("customer", TEXT),
    Column("market_number", TEXT),
    Column("markets", TEXT),
    Column("owner", TEXT),
    Column("visited_by", TEXT),
    Column("confirmed_by", TEXT),
    Column("confirmed_for", TEXT),
    Column("checked_in_at", Timestamp()),
    Column("checked_out_at", Timestamp()),
    Column("confirmed_at", Timestamp()),
    Column("returned_at", Timestamp()),
)
DAY = Date()


def judged(
    connection: sa.Connection, store: Store, rights: Rights, chosen: Chosen, names: Names
) -> Iterator[Judged]:
    """The chosen reports that the user may see, by id, in the connection's snapshot. `names` knows
    what each names when it comes.
    """
    report, template, visit = (store.tables[name].c for name in (REPORT, TEMPLATE, VISIT))
    wanted = reports(
        store, rights, chosen, report.customer, report.status, report.confirmed_at,
        report.returned_at, report.confirmed_by, report.confirmed_for, template.title,
        template.edition, visit.employee, visit.checked_in_at, visit.checked_out_at,
    ).order_by(report.id).limit(PAGE)  # fmt: skip
    rows = connection.execute(wanted).all()
    while rows:
        forms = _forms(connection, store, {row.template for row in rows})
        articles = {
            article for form in forms.values() for one in form.sections
            for article in one.articles or ()
        }  # fmt: skip
        names.read(rows, articles)
        yield from _answered(connection, store, rows, forms)
        rows = connection.execute(wanted.where(report.id > rows[-1].id)).all()


def _forms(connection: sa.Connection, store: Store, templates: set[bytes]) -> dict[bytes, Form]:
    t = store.tables[TEMPLATE].c
    rows = connection.execute(sa.select(t.id, t.form).where(t.id.in_(templates)))
    return {row.id: form_of(row.form) for row in rows}


def _answered(
    connection: sa.Connection, store: Store, rows: Sequence[sa.Row[Any]], forms: dict[bytes, Form]
) -> Iterator[Judged]:
    r = store.tables[REPORT].c
    some = sa.select(r.id).where(r.id.in_([row.id for row in rows])).subquery()
    given = by_report(connection, store, some, None)
    known = next(given, None)
    for row in rows:
        answers: list[Answer] = []
        if known is not None and known[0].id == row.id:
            answers, known = known[1], next(given, None)
        form = forms[row.template]
        yield Judged(row, form, tuple(_said(form, answers)))


def _said(form: Form, answers: list[Answer]) -> Iterator[tuple[Item, list[Stored]]]:
    given = counting(answers)
    for item in judge(form, answers).items:
        if item.answered:
            yield item, values_of(item.question, given[item.question.key, item.article])


def about(row: sa.Row[Any], names: Names) -> Line:
    """The values of ABOUT."""
    customer = names.customers.get(row.customer)
    market = customer.market if customer is not None else None
    return [
        to_text(row.id), row.title, row.edition, row.status,
        customer.number if customer is not None else None,
        customer.name if customer is not None else None,
        names.market_number(market), names.markets(market),
        names.people.get(customer.owner) if customer is not None else None,
        names.people.get(row.employee), names.people.get(row.confirmed_by),
        names.people.get(row.confirmed_for), row.checked_in_at, row.checked_out_at,
        row.confirmed_at, row.returned_at,
    ]  # fmt: skip


def in_batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    """At most BATCH at once."""
    some: list[Line] = []
    for line in lines:
        some.append(line)
        if len(some) == BATCH:
            yield some
            some = []
    if some:
        yield some
