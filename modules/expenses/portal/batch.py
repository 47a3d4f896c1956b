"""One batch for payroll: its statements by the page, its file the same whenever it is taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
import sqlalchemy as sa
from starlette.responses import Response

from modules.expenses.portal.payroll import CENTS, PLACE, viewer
from modules.expenses.statement.payroll import (
    BATCH,
    COLUMNS,
    MOST_ENTRIES,
    SHOWN,
    STATEMENT,
    Line,
    lines,
    of_batch,
)
from modules.expenses.words import money
from server.portal.public import (
    Asked,
    ModuleTable,
    Portal,
    WantedTable,
    after,
    cursor_of,
    export_table,
    found_row,
)
from syncengine.model.fields import FieldType
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store.database import reading
from syncengine.store.listing import Listed
from syncengine.store.store import Store

PAGE = 100  # statements on a page
ORDER = "number"
HEAD = {
    "employee_number": "Employee number",
    "login": "Login",
    "purpose": "Purpose",
    "trip_from": "Trip from",
    "trip_until": "Trip until",
    "statement": "Statement",
    "kind": "Kind of amount",
    "vat_percent": "VAT (%)",
    "kilometres": "Kilometres",
    "amount": "Amount",
    "currency": "Currency",
    "cost_centre": "Cost centre",
    "statement_total": "Total of the statement",
}


def batch(portal: Portal, asked: Asked) -> Response:
    """A page of its statements; Unseen."""
    rights, store = viewer(asked), portal.store
    row, made = found_row(portal, asked, store.schema.entities[BATCH]), store.tables[STATEMENT].c
    begin = after(store.schema.entities[STATEMENT], ORDER, asked)
    place = f"{PLACE}/{to_text(row.id)}"
    wanted = of_batch(store, rights, row.id).order_by(made.id).limit(PAGE + 1)
    if begin is not None:
        last = sa.tuple_(*(sa.literal(value) for value in begin))
        wanted = wanted.where(sa.tuple_(made.number, made.id) > last)
    with reading(store.engine) as connection:
        found = connection.execute(wanted).all()
    shown, following = found[:PAGE], ""
    if len(found) > PAGE:
        end = Listed(shown[-1].id, shown[-1].version, {ORDER: shown[-1].number})
        following = f"{place}?{urlencode({'after': cursor_of(ORDER, end)})}"
    return portal.page(
        asked, "expenses/batch.html", open_="expenses/payroll", row=row.values, back=PLACE,
        place=place, saved=asked.value("saved"), lines=[_line(asked, one) for one in shown],
        later=begin is not None, following=following,
    )  # fmt: skip


def _line(asked: Asked, one: sa.Row[Any]) -> dict[str, Any]:
    return {
        "number": one.number, "id": to_text(one.id), "trip": to_text(one.trip),
        "stated_at": one.stated_at,
        "amount": money(asked.words, CENTS.load(one.total), one.currency),
        "corrects": one.corrects is not None,
    }  # fmt: skip


def export(portal: Portal, asked: Asked) -> Response:
    """Its lines as a file: `form` is csv, xlsx or parquet; Unseen."""
    viewer(asked)
    row = found_row(portal, asked, portal.store.schema.entities[BATCH])
    w, number, form = asked.words, str(row.values["number"]), asked.path["form"]
    head = tuple(w(HEAD[name]) for name in COLUMNS)
    place = f"{PLACE}/{to_text(row.id)}"
    return export_table(portal, asked, WantedTable(
        "expenses/payroll", msgspec.msgpack.encode((row.id, w.language)), head,
        w("Payroll batch %(number)s", number=number), f"payroll-{number}.{form}",
        f"{place}/{form}", place,
    ))  # fmt: skip


def _read(parameters: bytes) -> tuple[bytes, str]:
    """(the batch, the language of its texts)."""
    return msgspec.msgpack.decode(parameters, type=tuple[bytes, str])


def _types(connection: sa.Connection, store: Store, parameters: bytes) -> (
    Sequence[FieldType] | None
):  # fmt: skip
    table = store.tables[BATCH].c
    there = connection.scalar(sa.select(table.id).where(table.id == _read(parameters)[0]))
    return None if there is None else list(COLUMNS.values())


def _count(
    connection: sa.Connection, store: Store, rights: Rights, parameters: bytes, most: int
) -> int:
    """Statements: about what the table has lines."""
    some = of_batch(store, rights, _read(parameters)[0]).limit(min(most, MOST_ENTRIES)).subquery()
    return connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0


def _lines(
    connection: sa.Connection, store: Store, rights: Rights, parameters: bytes
) -> Iterator[list[Line]]:
    return lines(connection, store, rights, *_read(parameters))


TABLES = {"payroll": ModuleTable("Payroll", SHOWN, _types, _count, _lines)}
