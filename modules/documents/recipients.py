"""Whom documents are for, in SQL: for the job that delivers them and for the office's pages."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from modules.masterdata.targets import Is, Target, customers, lent, people
from syncengine.store.store import Store

NAMING = ("employee", "customer", "market")  # what deliveries name, as entities and as fields


def meant(store: Store, connection: sa.Connection, entity: str, targets: Sequence[Target]) -> Is:
    """The rows of one of NAMING to which targets have a document delivered: people where they name
    people, customers where they name them or a rule. A market is named as it is: who has a customer
    there the engine knows, but for those who stand in for listed customers only, so these customers
    are meant as well.
    """
    if entity == "employee":
        named = [t for t in targets if t.employee is not None or t.audience is not None]
        return people(store, connection, named)
    if entity == "customer":
        named = [t for t in targets if t.customer is not None or t.rule is not None]
        at_markets = [t for t in targets if t.market is not None]
        found = customers(store, connection, named)
        if not at_markets:
            return found
        # Each is sought by itself: with "or" between them PostgreSQL asks both of every customer.
        row_id = store.tables["customer"].c.id
        there = sa.and_(lent(store), customers(store, connection, at_markets))
        either = (sa.select(row_id).where(one).correlate(None) for one in (found, there))
        return row_id.in_(sa.union_all(*either))
    markets = [t.market for t in targets if t.market is not None]
    return store.tables["market"].c.id.in_(markets)
