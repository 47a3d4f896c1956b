"""What payroll is given: of each statement what it adds, a line for each kind of amount.

A statement is given once, in one batch. The first of a trip adds all of it, a later one its
corrections alone: so the sum over all batches is what each trip came to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from modules.expenses.reckoned import Written
from modules.expenses.statement.rows import rows_of, written_of
from modules.expenses.statement.told import period_of, words
from syncengine.model import fields
from syncengine.model.fields import FieldType, Stored
from syncengine.model.ids import derived_id
from syncengine.model.rights import Rights
from syncengine.store.accounts import shown_to
from syncengine.store.store import Store

STATEMENT, BATCH, ENTRY = "trip_statement", "payroll_batch", "payroll_entry"
SHOWN = (
    STATEMENT, BATCH, ENTRY, "trip", "trip_stage", "trip_item", "trip_drive", "trip_correction",
    "employee",
)  # fmt: skip
MOST_ENTRIES = 2_000  # of a batch; what is more is in the next one
LINES_AT_ONCE = 500
Line = list[Stored]
COLUMNS: dict[str, FieldType] = {
    "employee_number": fields.Text(40),
    "login": fields.Text(80),
    "purpose": fields.Text(200),
    "trip_from": fields.Date(),
    "trip_until": fields.Date(),
    "statement": fields.Text(20),
    "kind": fields.Text(80),
    "vat_percent": fields.Decimal(2),
    "kilometres": fields.Decimal(1),
    "amount": fields.Decimal(2),
    "currency": fields.Text(3),
    "cost_centre": fields.Text(40),
    "statement_total": fields.Decimal(2),
}


def due(
    store: Store, rights: Rights, since: int | None, until: int | None, status: str | None
) -> sa.Select[Any]:
    """Statements in no batch that the user may see, the oldest first, with what each `adds` to
    the one before. since, until: instants between which they were made, until without; status: of
    their trips.
    """
    made, entry, trip = (store.tables[name].c for name in (STATEMENT, ENTRY, "trip"))
    before = store.tables[STATEMENT].alias()
    adds = (made.total - sa.func.coalesce(before.c.total, 0)).label("adds")
    wanted = (
        sa.select(store.tables[STATEMENT], trip.purpose, trip.employee, trip.status, adds)
        .join_from(store.tables[STATEMENT], store.tables["trip"], made.trip == trip.id)
        .outerjoin(before, before.c.id == made.corrects)
        .where(shown_to(rights, store.schema, store.tables, STATEMENT))
        .where(~sa.exists().where(entry.statement == made.id))
        .order_by(made.stated_at, made.number)
    )
    if since is not None:
        wanted = wanted.where(made.stated_at >= since)
    if until is not None:
        wanted = wanted.where(made.stated_at < until)
    return wanted if status is None else wanted.where(trip.status == status)


def of_batch(store: Store, rights: Rights, batch: bytes) -> sa.Select[Any]:
    """Its statements that the user may see, by number."""
    made, entry = store.tables[STATEMENT].c, store.tables[ENTRY].c
    return (
        sa.select(store.tables[STATEMENT])
        .join_from(store.tables[ENTRY], store.tables[STATEMENT], entry.statement == made.id)
        .where(entry.batch == batch, shown_to(rights, store.schema, store.tables, STATEMENT))
        .order_by(made.number)
    )


def lines(
    connection: sa.Connection, store: Store, rights: Rights, batch: bytes, language: str
) -> Iterator[list[Line]]:
    """What the batch pays, in stored form, by COLUMNS, some at a time."""
    some: list[Line] = []
    for statement in connection.execute(of_batch(store, rights, batch)).all():
        some += _lines_of(connection, store, statement, language)
        if len(some) >= LINES_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _lines_of(
    connection: sa.Connection, store: Store, statement: sa.Row[Any], language: str
) -> Iterator[Line]:
    (trip,) = rows_of(store, connection, "trip", id=statement.trip)
    (who,) = rows_of(store, connection, "employee", id=trip["employee"].bytes)
    written = written_of(store, connection, trip)
    first, last = period_of(written)
    parts = [] if statement.corrects else list(_first(written))
    parts += _corrected(store, connection, statement, trip["cost_centre"])
    said = words(language)
    for kind, percent, kilometres, amount, centre in parts:
        values: dict[str, Any] = {
            "employee_number": who["number"],
            "login": who["login"],
            "purpose": trip["purpose"],
            "trip_from": first,
            "trip_until": last,
            "statement": statement.number,
            "kind": said[kind],
            "vat_percent": percent,
            "kilometres": kilometres,
            "amount": amount,
            "currency": statement.currency,
            "cost_centre": centre,
        }
        stored = (
            None if values[name] is None else kind_.store(values[name])
            for name, kind_ in COLUMNS.items()
            if name in values
        )
        yield [*stored, statement.total]


Part = tuple[str, Decimal | None, Decimal | None, Decimal, str | None]


def _first(written: Written) -> Iterator[Part]:
    """(kind, tax, kilometres, amount, cost centre) of what the server reckoned; days and drives in
    one line each, items by tax and cost centre.
    """
    kept, centre = written.trip["reckoned"], written.trip["cost_centre"]
    days = sum((Decimal(one["amount"]) for one in kept["days"]), Decimal(0))
    if kept["days"]:
        yield "per_diems", None, None, days, centre
    if written.drives:
        far = sum((row["kilometres"] for row in written.drives), Decimal(0))
        paid = sum((Decimal(amount) for _, amount in kept["drives"].values()), Decimal(0))
        yield "drives", None, far, paid, centre
    items: dict[tuple[Decimal | None, str | None], Decimal] = defaultdict(Decimal)
    for row in written.items:
        key = (row["vat_percent"], row["cost_centre"] or centre)
        items[key] += Decimal(kept["items"][str(row["id"])])
    for percent, own in sorted(items, key=lambda key: (-(key[0] or 0), key[1] or "")):
        yield "items", percent, None, items[percent, own], own


def _corrected(
    store: Store, connection: sa.Connection, statement: sa.Row[Any], centre: str | None
) -> Sequence[Part]:
    """The corrections that this statement is the first to tell, as one."""
    before = store.tables[STATEMENT].c
    told = 0
    if statement.corrects:
        wanted = sa.select(before.as_of).where(before.id == statement.corrects)
        told = connection.scalar(wanted) or 0
    found = [
        one["difference"]
        for one in rows_of(store, connection, "trip_correction", trip=statement.trip)
        if told < one["version"] <= statement.as_of
    ]
    return [("corrections", None, None, sum(found, Decimal(0)), centre)] if found else []


def entry_id(statement: bytes) -> bytes:
    """Of a statement's entry, in whatever batch."""
    return derived_id(statement, ENTRY.encode(), b"")
