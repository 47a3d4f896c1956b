"""Who gets an assignment of a template: for the job that makes them, and for whoever writes one."""

from __future__ import annotations

import json

import sqlalchemy as sa

from modules.masterdata import targets as masterdata
from modules.masterdata.targets import Is, Target
from syncengine.model.condition_data import read_condition
from syncengine.model.errors import InvalidValue
from syncengine.store.conditions import as_sql
from syncengine.store.store import Store

HOLDER = {"standard": "person", "dynamic": "owner"}  # the field of an assignment that names them


def assigned(store: Store, connection: sa.Connection, kind: str, target: sa.RowMapping) -> Is:
    """Of people: those who get an assignment by a row of report_target, as a mapping.

    A dynamic template's target that names a market or a customer gives none: it goes there itself.
    """
    if target["condition"] is not None:
        return _owners(store, target["condition"])
    if kind == "dynamic" and (target["market"] is not None or target["customer"] is not None):
        return sa.false()
    names = ("employee", "customer", "market", "audience")
    named = Target(below=bool(target["below"]), **{name: target[name] for name in names})
    return masterdata.people(store, connection, [named])


def _owners(store: Store, written: str) -> Is:
    """The active people who own an active customer that meets a condition; nobody, when it is
    none.
    """
    customer, employee = store.tables["customer"].c, store.tables["employee"].c
    entity = store.schema.entities["customer"]
    try:
        condition = read_condition(entity, store.schema, json.loads(written))
    except InvalidValue:
        return sa.false()
    owners = sa.select(customer.owner).where(
        customer.owner.is_not(None),
        customer.active.is_(True),
        as_sql(condition, store.tables, entity),
    )
    return sa.and_(employee.active.is_(True), employee.id.in_(owners))
