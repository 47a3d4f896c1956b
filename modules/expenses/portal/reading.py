"""What the office reads of trips: one with all that belongs to it, as programs use values."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from modules.expenses.reckoned import Written
from modules.expenses.trip_entities import PARTS
from server.portal.public import Asked, NotAllowed, Portal, Unseen, found_row
from syncengine.model.entity import Entity
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.listing import Listed, Wanted
from syncengine.store.marks import Mark
from syncengine.store.store import Store

TRIP, CORRECTION, OBJECTION = "trip", "trip_correction", "trip_objection"
PLACE = "/portal/expenses/trips"
PANEL = "expenses/trips"  # what changes on these pages by itself
OPEN = "expenses/trips"  # the line of the navigation
MOST_PARTS = 6_000  # of a kind, of a trip: 300 items with 20 receipts each
MOST_NOTES = 1_000  # corrections, or objections, that are shown

Loaded = dict[str, Any]  # a row's values as programs use them, with its id


def viewer(asked: Asked) -> Rights:
    """The rights of whoever asks; Unseen unless they may see trips."""
    rights = asked.signed_in.rights
    if not rights.may(Right.VIEW, TRIP):
        raise Unseen
    return rights


def decider(portal: Portal, asked: Asked) -> Rights:
    """Likewise; NotAllowed unless they may take the office's steps."""
    rights = viewer(asked)
    if not may_decide(portal, rights):
        raise NotAllowed
    return rights


def may_decide(portal: Portal, rights: Rights) -> bool:
    """Whether the office's steps are offered to the user."""
    return not portal.store.schema.entities[TRIP].absent and rights.may(Right.EDIT, TRIP)


def mark(store: Store) -> Mark:
    """Changes with every trip and every correction."""
    columns = [sa.func.max(store.tables[name].c.version) for name in (TRIP, CORRECTION)]
    wanted = sa.select(*(sa.select(column).scalar_subquery() for column in columns))
    with reading(store.engine) as connection:
        return tuple(connection.execute(wanted).one())


def loaded(entity: Entity, row: Listed) -> Loaded:
    """A row's values as programs use them."""
    by_name = entity.by_name
    values = {
        name: None if value is None else by_name[name].type.load(value)
        for name, value in row.values.items()
        if name in by_name
    }
    return {"id": uuid.UUID(bytes=row.id), "version": row.version, **values}


@dataclass(frozen=True)
class Whole:
    """A trip with what follows it. named: what rows are called that it refers to, by their id."""

    row: Listed
    written: Written
    corrections: list[Loaded]
    objections: list[Loaded]
    named: Mapping[uuid.UUID, str]

    @property
    def trip(self) -> Mapping[str, Any]:
        """Its own values."""
        return self.written.trip

    @property
    def place(self) -> str:
        """The address of its page."""
        return f"{PLACE}/{self.trip['id']}"

    @property
    def total(self) -> Decimal | None:
        """With corrections; None before it was reckoned."""
        before: Decimal | None = self.trip["total"]
        if before is None:
            return None
        return before + sum((one["difference"] for one in self.corrections), Decimal(0))


def whole(portal: Portal, asked: Asked) -> Whole:
    """The trip that the address names; Unseen."""
    rights, schema = viewer(asked), portal.store.schema
    row = found_row(portal, asked, schema.entities[TRIP])
    held = {part.name: _parts(portal.store, rights, part.name, row.id) for part in PARTS}
    written = Written(loaded(schema.entities[TRIP], row), *held.values())
    kinds = [item["expense_type"].bytes for item in written.items]
    with reading(portal.store.engine) as connection:
        store, who = portal.store, [row.values["employee"]]
        named = {
            **listing.titles(connection, store, rights, "employee", who),
            **listing.titles(connection, store, rights, "expense_type", kinds),
        }
    called = {uuid.UUID(bytes=row_id): said for row_id, said in named.items()}
    corrections = _parts(portal.store, rights, CORRECTION, row.id, MOST_NOTES)
    objections = _parts(portal.store, rights, OBJECTION, row.id, MOST_NOTES)
    return Whole(row, written, corrections, objections, called)


def _parts(
    store: Store, rights: Rights, name: str, trip: bytes, most: int = MOST_PARTS
) -> list[Loaded]:
    if not rights.may(Right.VIEW, name):
        return []
    wanted = Wanted(name, filters=((TRIP, trip),))
    entity = store.schema.entities[name]
    rows = listing.page(store, rights, wanted, most, None)[0]
    return sorted((loaded(entity, row) for row in rows), key=_order)


def _order(one: Loaded) -> tuple[str, int, uuid.UUID]:
    """By when it was, receipts as they were put."""
    when = one.get("starts_at") or one.get("day")
    return when.isoformat() if when else "", one.get("position") or 0, one["id"]
