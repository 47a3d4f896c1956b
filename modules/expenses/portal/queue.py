"""The trips, by state: what is under review waits longest first, the others are newest first.

A page is a fixed number of statements, whatever is on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from starlette.responses import Response

from modules.expenses.portal.reading import (
    CORRECTION,
    OPEN,
    PANEL,
    PLACE,
    TRIP,
    may_decide,
    viewer,
)
from modules.expenses.words import money
from server.portal.public import Asked, Portal, Unclear, Wrong, after, cursor_of, midnight, referred
from syncengine.model.fields import Stored
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.accounts import shown_to
from syncengine.store.database import reading
from syncengine.store.listing import Listed
from syncengine.store.store import Store

STATES = ("in_review", "approved", "reimbursed", "rejected", "submitted")
WAITING = ("in_review", "submitted")
FILTERS = ("employee", "from", "until")
ORDER = "submitted_at"
PAGE = 50  # trips on a page
COLUMNS = (
    "id", "version", "employee", "purpose", "cost_centre", "status", "replaces", ORDER,
    "currency", "total",
)  # fmt: skip


@dataclass
class Narrowed:
    """What a list is narrowed to: texts of the inputs, what is wrong with them, and the condition
    that the others come to.
    """

    texts: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    where: list[sa.ColumnElement[bool]] = field(default_factory=list)


def trips(portal: Portal, asked: Asked) -> Response:
    """A page of those in one state."""
    rights, store, state = viewer(asked), portal.store, asked.value("state", STATES[0])
    if state not in STATES:
        raise Unclear
    narrowed = _narrowed(portal, asked)
    begin = after(store.schema.entities[TRIP], ORDER, asked)
    with reading(store.engine) as connection:
        rows, more = _page(connection, store, rights, narrowed, state, begin)
        ids = [row.id for row in rows]
        who = listing.titles(connection, store, rights, "employee", [r.employee for r in rows])
        beside = _beside(connection, store, ids)
        counts = _counts(connection, store, rights, narrowed)
    said = {name: text for name, text in narrowed.texts.items() if text}
    following = ""
    if more:
        last = Listed(rows[-1].id, rows[-1].version, {ORDER: rows[-1].submitted_at})
        following = address({**said, "state": state, "after": cursor_of(ORDER, last)})
    return portal.page(
        asked, "expenses/trips_rows.html" if asked.partial else "expenses/trips.html",
        open_=OPEN, panel=PANEL, place=PLACE, form=narrowed, state=state, lines=rows, who=who,
        beside=beside, amounts={
            row.id: money(asked.words, _total(row, beside), row.currency)
            for row in rows if row.total is not None
        }, page_states=[
            (name, counts.get(name, 0), address({**said, "state": name})) for name in STATES
        ], following=following, later=begin is not None,
        first=address({**said, "state": state}),
        may_reimburse=state == "approved" and may_decide(portal, rights),
        may_approve=state == "in_review" and may_decide(portal, rights),
    )  # fmt: skip


def _total(row: sa.Row[Any], beside: Beside) -> Decimal:
    """With corrections."""
    hundredths = row.total + beside.corrected.get(row.id, 0)
    return Decimal(hundredths).scaleb(-2)


def address(said: Mapping[str, str]) -> str:
    """Of the list, narrowed to that."""
    known = {name: text for name, text in said.items() if text}
    return f"{PLACE}?{urlencode(known)}" if known else PLACE


def _narrowed(portal: Portal, asked: Asked) -> Narrowed:
    """What is asked for; what does not fit is told at its input and asks for nothing."""
    trip = portal.store.tables[TRIP].c
    found = Narrowed({name: asked.value(name).strip()[:100] for name in FILTERS})
    for name, text in found.texts.items():
        if not text:
            continue
        try:
            match name:
                case "employee":
                    found.where.append(trip.employee == referred(portal, asked, name, text))
                case "from":
                    found.where.append(trip.submitted_at >= midnight(asked.words, text, 0))
                case _:
                    found.where.append(trip.submitted_at < midnight(asked.words, text, 1))
        except Wrong as wrong:
            found.errors[name] = str(wrong)
            found.where.append(sa.false())
    return found


def _page(
    connection: sa.Connection,
    store: Store,
    rights: Rights,
    narrowed: Narrowed,
    state: str,
    begin: tuple[Stored, bytes] | None,
) -> tuple[list[sa.Row[Any]], bool]:
    """(a page of trips, whether there are more)."""
    c = store.tables[TRIP].c
    place, oldest = sa.tuple_(c.submitted_at, c.id), state in WAITING
    wanted = (
        sa.select(*(c[name] for name in COLUMNS))
        .where(c.status == state, *narrowed.where)
        .where(shown_to(rights, store.schema, store.tables, TRIP))
        .order_by(*((one if oldest else one.desc()) for one in (c.submitted_at, c.id)))
        .limit(PAGE + 1)
    )
    if begin is not None:
        last = sa.tuple_(*(sa.literal(value) for value in begin))
        wanted = wanted.where(place > last if oldest else place < last)
    rows = connection.execute(wanted).all()
    return list(rows[:PAGE]), len(rows) > PAGE


def _counts(
    connection: sa.Connection, store: Store, rights: Rights, narrowed: Narrowed
) -> dict[str, int]:
    """How many there are in each state."""
    c = store.tables[TRIP].c
    wanted = (
        sa.select(c.status, sa.func.count())
        .where(shown_to(rights, store.schema, store.tables, TRIP), *narrowed.where)
        .where(c.status.in_(STATES))
        .group_by(c.status)
    )
    return dict(connection.execute(wanted).all())


@dataclass(frozen=True)
class Beside:
    """By trip: (first start, last end) of its stages, the sum of its corrections in hundredths,
    how many items it has without a receipt.
    """

    when: Mapping[bytes, tuple[int, int]]
    corrected: Mapping[bytes, int]
    bare: Mapping[bytes, int]


def _beside(connection: sa.Connection, store: Store, ids: Sequence[bytes]) -> Beside:
    """Of the trips of a page, which the user may see."""
    stage, item = store.tables["trip_stage"].c, store.tables["trip_item"].c
    correction, receipt = store.tables[CORRECTION].c, store.tables["trip_receipt"].c
    when = sa.select(stage.trip, sa.func.min(stage.starts_at), sa.func.max(stage.ends_at))
    bare = sa.select(item.trip, sa.func.count()).where(
        item.trip.in_(ids), ~sa.exists().where(receipt.item == item.id)
    )
    sums = sa.select(correction.trip, sa.func.sum(correction.difference))
    found = connection.execute(when.where(stage.trip.in_(ids)).group_by(stage.trip))
    return Beside(
        {trip: (starts, ends) for trip, starts, ends in found},
        {
            trip: int(off)
            for trip, off in connection.execute(
                sums.where(correction.trip.in_(ids)).group_by(correction.trip)
            )
        },
        dict(connection.execute(bare.group_by(item.trip)).all()),
    )
