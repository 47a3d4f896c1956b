"""Both tables as files: all answers, and a line for each report of one edition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import sqlalchemy as sa
from starlette.responses import Response

from modules.visit_reports.evaluation import long, wide
from modules.visit_reports.evaluation.chosen import ANSWER, READ, TEMPLATE, VISIT, Chosen, reports
from modules.visit_reports.evaluation.read import Column, Line, in_batches
from modules.visit_reports.portal.evaluation_form import evaluated, evaluator
from modules.visit_reports.portal.telling import Telling
from server.portal.public import Asked, ModuleTable, Portal, Unseen, WantedTable, export_table
from syncengine.model.fields import FieldType
from syncengine.model.questionnaire import Form
from syncengine.model.questionnaire_field import form_of
from syncengine.model.rights import Rights
from syncengine.store.store import Store

SHOWN = (*READ, VISIT, "customer", "market", "employee", "article")
PARQUET = "parquet"  # its columns are called the same in every language


def _read(parameters: bytes) -> tuple[Chosen, str]:
    """(which reports, the language of the texts)."""
    return msgspec.msgpack.decode(parameters, type=tuple[Chosen, str])


def _form(connection: sa.Connection, store: Store, chosen: Chosen) -> Form | None:
    t = store.tables[TEMPLATE].c
    text = connection.scalar(sa.select(t.form).where(t.id == chosen.template))
    return form_of(text) if text is not None else None


def _long_types(_connection: sa.Connection, _store: Store, _: bytes) -> Sequence[FieldType]:
    return [column.type for column in long.COLUMNS]


def _wide_types(
    connection: sa.Connection, store: Store, parameters: bytes
) -> Sequence[FieldType] | None:
    form = _form(connection, store, _read(parameters)[0])
    return None if form is None else [column.type for column in wide.columns(form)]


def _count(
    connection: sa.Connection, store: Store, rights: Rights, parameters: bytes, most: int
) -> int:
    """Reports and answers: about what a table has lines."""
    every = reports(store, rights, _read(parameters)[0]).limit(most).cte()
    answer = store.tables[ANSWER].c
    given = sa.select(answer.id).join_from(
        every, store.tables[ANSWER], answer.report == every.c.id
    ).limit(most).subquery()  # fmt: skip
    counted = (sa.select(sa.func.count()).select_from(some) for some in (every, given))
    return min(most, sum(connection.scalar(one) or 0 for one in counted))


def _long(
    connection: sa.Connection, store: Store, rights: Rights, parameters: bytes
) -> Iterator[list[Line]]:
    return in_batches(long.lines(connection, store, rights, *_read(parameters)))


def _wide(
    connection: sa.Connection, store: Store, rights: Rights, parameters: bytes
) -> Iterator[list[Line]]:
    return in_batches(wide.lines(connection, store, rights, *_read(parameters)))


TABLES = {
    "answers": ModuleTable("Answers", SHOWN, _long_types, _count, _long),
    "reports": ModuleTable("Reports by line", SHOWN, _wide_types, _count, _wide),
}


def export(portal: Portal, asked: Asked) -> Response:
    """The table that the address names, of what is evaluated."""
    evaluator(asked)
    asks, table, form = evaluated(portal, asked), asked.path["table"], asked.path["form"]
    if table not in TABLES or asks.chosen is None:
        raise Unseen
    columns: Sequence[Column] = long.COLUMNS
    if table == "reports":
        row = next((row for row in asks.editions if row.id == asks.chosen.template), None)
        if row is None:
            raise Unseen
        columns = wide.columns(form_of(str(row.values["form"])))
    language = asked.words.language
    return export_table(portal, asked, WantedTable(
        f"visit_reports/{table}", msgspec.msgpack.encode((asks.chosen, language)),
        tuple(_head(portal, asked, columns, form)), asks.title, f"{table}.{form}",
        asks.address(f"/{table}.{form}"), asks.address(),
    ))  # fmt: skip


def _head(portal: Portal, asked: Asked, columns: Sequence[Column], form: str) -> Iterator[str]:
    tell = Telling(portal, asked)
    for column in columns:
        if form == PARQUET:
            yield column.key
        else:
            yield tell.said(column.called) if column.called else asked.words.field(column.key)
