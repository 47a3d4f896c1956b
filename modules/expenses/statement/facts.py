"""What a statement tells: a trip as it stood at a version of the history, and what proves it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from modules.expenses.reckoned import Row, Written
from modules.expenses.statement.rows import rows_of, written_of
from syncengine.model.fields import EPOCH, MICROSECOND
from syncengine.store import tables as t
from syncengine.store.history import HistoryEntry, history
from syncengine.store.store import Store

STEPS = ("submitted", "in_review", "approved", "reimbursed")
LOOKED_AT = 50  # entries of a trip's history, the newest: its steps are the last of them
SOURCES = {"device": "traveller", "job": "server"}
FIRST = "de"  # the language where nobody is known who approved it


@dataclass(frozen=True)
class Step:
    """A step of the trip. by: the office user's name; else empty, and `source` says who."""

    status: str
    at: dt.datetime
    by: str
    source: str


@dataclass(frozen=True)
class Facts:
    """as_of: the version up to which it tells; chain: the history's chain there, None where the
    history begins later. before: the statement that it corrects. added: those of the corrections
    that none before it tells.
    """

    trip: uuid.UUID
    language: str
    as_of: int
    chain: bytes | None
    stated_at: dt.datetime
    before: Row | None
    written: Written
    corrections: Sequence[Row]
    added: Sequence[Row]
    traveller: Row
    kinds: Mapping[uuid.UUID, str]
    steps: Sequence[Step]


def facts_of(store: Store, connection: sa.Connection, trip: bytes) -> Facts | None:
    """Of the next statement of an approved trip; None where there is nothing new to tell.

    The first one tells what there was when it was approved, however much later it is made.
    """
    (row,) = rows_of(store, connection, "trip", id=trip)
    made = sorted(rows_of(store, connection, "trip_statement", trip=trip), key=_as_of)
    corrections = rows_of(store, connection, "trip_correction", trip=trip)
    entries = history(store, store.schema.tags["trip"], trip, LOOKED_AT)
    before = made[-1] if made else None
    told = _as_of(before) if before else 0
    newest = max((one["version"] for one in corrections), default=0)
    as_of = _approved(entries, row) if before is None else newest
    if as_of <= told:
        return None
    known = [one for one in corrections if one["version"] <= as_of]
    received, chain = _written_at(connection, as_of)
    (traveller,) = rows_of(store, connection, "employee", id=row["employee"].bytes)
    kinds = rows_of(store, connection, "expense_type")
    return Facts(
        row["id"],
        before["language"] if before else _language(store, connection, entries, as_of),
        as_of,
        chain,
        received or row["approved_at"],
        before,
        written_of(store, connection, row),
        known,
        [one for one in known if one["version"] > told],
        traveller,
        {one["id"]: one["name"] for one in kinds},
        _steps(entries, as_of),
    )


def _as_of(statement: Row) -> int:
    found: int = statement["as_of"]
    return found


def _approved(entries: Sequence[HistoryEntry], trip: dict[str, Any]) -> int:
    """The version in which it was; that of its last step, where the history begins later."""
    found = [e.version for e in entries if e.after.get("status") == "approved"]
    version: int = trip["version"]
    return min(found, default=version)


def _written_at(connection: sa.Connection, version: int) -> tuple[dt.datetime | None, bytes | None]:
    c = t.changeset.c
    found = connection.execute(sa.select(c.received, c.chain).where(c.version == version)).first()
    return (None, None) if found is None else (EPOCH + found.received * MICROSECOND, found.chain)


def _steps(entries: Sequence[HistoryEntry], as_of: int) -> list[Step]:
    return [
        Step(
            status,
            EPOCH + one.received * MICROSECOND,
            one.user or "",
            SOURCES.get(one.source, "office"),
        )
        for one in reversed(entries)
        if (status := one.after.get("status")) in STEPS and one.version <= as_of
    ]


def _language(
    store: Store, connection: sa.Connection, entries: Sequence[HistoryEntry], as_of: int
) -> str:
    """That of who approved it, in the office."""
    who = next((e.user for e in entries if e.version == as_of and e.user), None)
    if who is None or store.schema.accounts is None:
        return FIRST
    user = store.tables[store.schema.accounts.user].c
    found = connection.scalar(sa.select(user.language).where(user.name == who).limit(1))
    return str(found or FIRST)
