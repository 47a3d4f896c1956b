"""Whom a template reaches: what its targets stand for, counted and named."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from modules.masterdata import targets as masterdata
from modules.masterdata.targets import Is, any_of
from modules.visit_reports.recipients import meeting, named
from server.portal.public import Asked, Portal
from syncengine.model.fields import Stored
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.store import Store

NAMED = 12  # of whom it reaches that are named
REACHED = {"standard": "employee", "dynamic": "customer"}  # what targets stand for
Aim = Mapping[str, Stored]  # the fields of a row of report_target


@dataclass(frozen=True)
class Reached:
    """count: of all people, or customers, as things are now; people: who answer, of customers.
    names: of the first.
    """

    count: int
    people: int
    names: Collection[str]


def meant(store: Store, connection: sa.Connection, kind: str, aims: Iterable[Aim]) -> Is:
    """Of people for a standard template; of customers for a dynamic one."""
    aims = list(aims)
    plain = [named(aim) for aim in aims if aim.get("condition") is None]
    written = [str(aim["condition"]) for aim in aims if aim.get("condition") is not None]
    customer, employee = store.tables["customer"].c, store.tables["employee"].c
    met = any_of(meeting(store, one) for one in written)
    if kind == "dynamic":
        customers = masterdata.customers(store, connection, plain)
        return any_of([customers, met]) if written else customers
    people = masterdata.people(store, connection, plain)
    owners = employee.id.in_(sa.select(customer.owner).where(met))
    return any_of([people, sa.and_(employee.active.is_(True), owners)]) if written else people


def reached(portal: Portal, asked: Asked, kind: str, aims: Iterable[Aim]) -> Reached:
    """Whom it goes to as things are now."""
    store, entity = portal.store, REACHED[kind]
    c = store.tables[entity].c
    with reading(store.engine) as connection:
        owner = c.owner if kind == "dynamic" else c.id
        met = sa.select(c.id, c.number, owner.label("owner")).where(
            meant(store, connection, kind, aims)
        )
        counted, ids = _counted(connection, met.cte("met"))
        titles = listing.titles(connection, store, asked.signed_in.rights, entity, ids)
    return Reached(*counted, names=[titles[row_id] for row_id in ids])


def _counted(connection: sa.Connection, met: sa.CTE) -> tuple[tuple[int, int], list[bytes]]:
    """((how many rows, how many owners), the first ids) in one pass over what is met."""
    count = sa.select(sa.func.count()).select_from(met).scalar_subquery()
    owners = sa.select(sa.func.count(sa.distinct(met.c.owner))).scalar_subquery()
    first = sa.select(met.c.id, count, owners).order_by(met.c.number, met.c.id).limit(NAMED)
    rows = connection.execute(first).all()
    if not rows:
        return (0, 0), []
    return (rows[0][1], rows[0][2]), [row[0] for row in rows]
