"""Whom a template reaches: what its targets stand for, counted and named."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from modules.masterdata import targets as masterdata
from modules.masterdata.targets import Is, Target
from server.portal.public import Asked, Portal
from syncengine.model.condition_data import read_condition
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Stored
from syncengine.store import listing
from syncengine.store.conditions import as_sql
from syncengine.store.database import reading
from syncengine.store.store import Store

NAMED = 12  # of whom it reaches that are named
REACHED = {"standard": "employee", "dynamic": "customer"}  # what targets stand for
Aim = Mapping[str, Stored]  # the fields of a row of report_target


@dataclass(frozen=True)
class Reached:
    """count: of all people, or customers, as things are now; names: of the first. people: who
    answer, of customers.
    """

    count: int
    names: Collection[str]
    people: int


def meant(store: Store, connection: sa.Connection, kind: str, aims: Iterable[Aim]) -> Is:
    """Of people for a standard template; of customers for a dynamic one."""
    aims = list(aims)
    plain = [_target(aim) for aim in aims if aim.get("condition") is None]
    written = (str(aim["condition"]) for aim in aims if aim.get("condition") is not None)
    customer, employee = store.tables["customer"].c, store.tables["employee"].c
    met = sa.or_(sa.false(), *(_meeting(store, one) for one in written))
    met = sa.and_(customer.active.is_(True), met)
    if kind == "dynamic":
        return sa.or_(masterdata.customers(store, connection, plain), met)
    owners = sa.and_(
        employee.active.is_(True), employee.id.in_(sa.select(customer.owner).where(met))
    )
    return sa.or_(masterdata.people(store, connection, plain), owners)


def _meeting(store: Store, written: str) -> Is:
    """The customers that meet a condition; none, when it is about fields that there are no more."""
    customer = store.schema.entities["customer"]
    try:
        condition = read_condition(customer, store.schema, json.loads(written))
    except InvalidValue:
        return sa.false()
    return as_sql(condition, store.tables, customer)


def _target(aim: Aim) -> Target:
    named = {name: aim.get(name) for name in ("employee", "customer", "market", "audience")}
    return Target(below=bool(aim.get("below")), **named)  # type: ignore[arg-type]


def reached(portal: Portal, asked: Asked, kind: str, aims: Iterable[Aim]) -> Reached:
    """Whom it goes to as things are now."""
    store, entity = portal.store, REACHED[kind]
    c = store.tables[entity].c
    with reading(store.engine) as connection:
        where = meant(store, connection, kind, aims)
        count = connection.scalar(sa.select(sa.func.count()).where(where, c.id.is_not(None))) or 0
        first = sa.select(c.id).where(where).order_by(c.number, c.id).limit(NAMED)
        ids = list(connection.scalars(first))
        titles = listing.titles(connection, store, asked.signed_in.rights, entity, ids)
        people = count
        if kind == "dynamic":
            owners = sa.select(sa.func.count(sa.distinct(c.owner))).where(where)
            people = connection.scalar(owners) or 0
    return Reached(count, [titles[row_id] for row_id in ids], people)
