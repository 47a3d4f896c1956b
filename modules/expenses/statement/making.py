"""Making statements: one for each trip that is approved, and one more for what corrections change.

A job does it. The row names the file by its hash and so puts it into the history's chain; the file
is kept for as long as the row is, which is for good.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from modules.expenses.statement.appendix import appendix_of
from modules.expenses.statement.errors import NotPrinted
from modules.expenses.statement.facts import Facts, facts_of
from modules.expenses.statement.printing import set_statement
from modules.expenses.statement.told import told, total_of
from modules.expenses.statement_entities import PAID_STATES
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.ids import derived_id
from syncengine.store.author import Author, Expected
from syncengine.store.database import reading
from syncengine.store.files import Files
from syncengine.store.named import operation
from syncengine.store.store import Store

AUTHOR = Author(Source.JOB, None, "expenses: statements")
AT_ONCE = 20  # statements of one run
RECEIPTS_AT_ONCE = 50  # a run ends with the statement that comes to so many: some seconds
PER_SECOND = 4  # as many receipts is a second of drawing the pages of PDFs
DIGITS = 6  # of a number, behind its year
STATEMENT = "trip_statement"


def make_statements(store: Store, files: Files, batches: int) -> int:
    """Those that are due, the trips approved first before the others; how many. One that cannot be
    set does not hold up the others: NotPrinted, after them.
    """
    made, done_with, failed = 0, 0, None
    for trip in _due(store, min(AT_ONCE, batches)):
        try:
            receipts, done = _make(store, files, trip)
        except NotPrinted as error:
            failed = error
            continue
        made, done_with = made + done, done_with + receipts
        if done_with >= RECEIPTS_AT_ONCE:
            break
    if failed is not None:
        raise failed
    return made


def _due(store: Store, most: int) -> list[bytes]:
    trip, made = store.tables["trip"].c, store.tables[STATEMENT].c
    correction = store.tables["trip_correction"].c
    told_to = sa.select(sa.func.max(made.as_of)).where(made.trip == trip.id).scalar_subquery()
    newer = sa.exists().where(correction.trip == trip.id, correction.version > told_to)
    wanted = (
        sa.select(trip.id)
        .where(trip.status.in_(PAID_STATES))
        .where(sa.or_(~sa.exists().where(made.trip == trip.id), newer))
        .order_by(trip.approved_at, trip.id)
        .limit(most)
    )
    with reading(store.engine) as connection:
        return list(connection.scalars(wanted))


def _make(store: Store, files: Files, trip: bytes) -> tuple[int, bool]:
    """(how many receipts it comes to, whether it was made here: another process may be faster)."""
    with reading(store.engine) as connection:
        facts = facts_of(store, connection, trip)
        if facts is None:
            return 0, False
        number = next_number(store, connection, STATEMENT, facts.stated_at.year)
    appendix = appendix_of(facts, files)
    content = set_statement(
        told(facts, number, appendix.receipts), appendix.pictures, facts.stated_at
    )
    change = _insert(store, facts, number, files.keep(content))
    field = store.schema.entities[STATEMENT].by_name["number"].number
    tags = store.schema.tags
    expected = Expected(
        {(tags["trip"], trip): facts.written.trip["version"]},
        frozenset({(tags[STATEMENT], field, number)}),
    )
    receipts = len(appendix.receipts) + int(appendix.seconds * PER_SECOND)
    return receipts, store.write(AUTHOR, [change], expected=expected).version is not None


def _insert(store: Store, facts: Facts, number: str, digest: bytes) -> Operation:
    """Under an id that follows from what it tells, so that two processes make the same row."""
    fields = store.schema.entities[STATEMENT].by_name
    row = derived_id(facts.trip.bytes, STATEMENT.encode(), str(facts.as_of).encode())
    values: dict[str, Any] = {
        "trip": facts.trip,
        "number": number,
        "language": facts.language,
        "file": digest,
        "as_of": facts.as_of,
        "stated_at": facts.stated_at,
        "currency": facts.written.trip["currency"],
        "total": total_of(facts),
    }
    if facts.before is not None:
        values["corrects"] = facts.before["id"]
    stored = {name: fields[name].type.store(value) for name, value in values.items()}
    return operation(store.schema, Action.INSERT, STATEMENT, row, stored)


def next_number(store: Store, connection: sa.Connection, entity: str, year: int) -> str:
    """The next of a year, in a row: 2026-000001."""
    column = store.tables[entity].c.number
    newest = sa.select(sa.func.max(column)).where(column.like(f"{year:04}-%"))
    found = connection.scalar(newest)
    return f"{year:04}-{int(str(found)[5:]) + 1 if found else 1:0{DIGITS}}"
