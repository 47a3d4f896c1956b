"""Who gets an assignment of a template: for the job that makes them, and for whoever writes one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from modules.masterdata import targets as masterdata
from modules.masterdata.targets import Is, Target
from syncengine.model.condition_data import read_condition
from syncengine.model.errors import InvalidValue
from syncengine.store.conditions import as_sql
from syncengine.store.store import Store

HOLDER = {"standard": "person", "dynamic": "owner"}  # the field of an assignment that names them
NAMES = ("employee", "customer", "market", "audience")


def assigned(store: Store, connection: sa.Connection, kind: str, target: sa.RowMapping) -> Is:
    """Of people: those who get an assignment by a row of report_target, as a mapping.

    A dynamic template's target that names a market or a customer gives none: it goes there itself.
    """
    if target["condition"] is not None:
        return _owners(store, target["condition"])
    if kind == "dynamic" and (target["market"] is not None or target["customer"] is not None):
        return sa.false()
    return masterdata.people(store, connection, [named(target)])


def lent(store: Store, connection: sa.Connection, target: sa.RowMapping) -> Is:
    """Of customers: those that get an assignment of their own by a dynamic template's target, since
    somebody stands in for listed customers only.

    A target that names a customer gives none: it goes there itself.
    """
    if target["customer"] is not None:
        return sa.false()
    if target["condition"] is not None:
        meant = meeting(store, target["condition"])
    else:
        meant = masterdata.customers(store, connection, [named(target)])
    return sa.and_(masterdata.lent(store), meant)


def named(target: Mapping[Any, Any]) -> Target:
    """What a row of report_target, or one that is not written yet, names beside a condition."""
    return Target(below=bool(target.get("below")), **{name: target.get(name) for name in NAMES})


def _owners(store: Store, written: str) -> Is:
    """The active people who own an active customer that meets a condition."""
    customer, employee = store.tables["customer"].c, store.tables["employee"].c
    owners = sa.select(customer.owner).where(customer.owner.is_not(None), meeting(store, written))
    return sa.and_(employee.active.is_(True), employee.id.in_(owners))


def meeting(store: Store, written: str) -> Is:
    """The active customers that meet a condition; none, when it is none."""
    entity = store.schema.entities["customer"]
    try:
        condition = read_condition(entity, store.schema, json.loads(written))
    except InvalidValue:
        return sa.false()
    active = store.tables["customer"].c.active.is_(True)
    return sa.and_(active, as_sql(condition, store.tables, entity))
