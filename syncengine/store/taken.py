"""Grants of the past: which buckets one changeset took from people."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from syncengine.model.terms import BucketName
from syncengine.store import tables as t
from syncengine.store.grants import by_bucket, grants_of, touches_grants
from syncengine.store.past import Rows, laid_out, undo, whole
from syncengine.store.store import Store


def taken_by(
    connection: sa.Connection, store: Store, version: int, people: Iterable[bytes]
) -> dict[bytes, set[BucketName]]:
    """Person -> the buckets granted just before `version` and no longer at it; none: left out.

    The rows that grants come from are taken back through the history to that version and laid out
    in a scratch database, where the grants are computed as ever: so this holds for every grant
    term. Costs a reading of those entities (people, substitutions) and of their history since.
    """
    schema = store.schema
    tags = [tag for tag, e in schema.by_tag.items() if touches_grants(schema, e.name)]
    o = t.operation.c
    operations = sa.select(o.tag.in_(tags)).where(o.version == version)
    touched = list(connection.scalars(operations))
    if touched and not any(touched):
        return {}
    earlier, now = _instants(connection, version)
    rows = whole(connection, store, tags, version)
    wanted = list(people)
    after = _grants(store, rows, wanted, now)
    undo(connection, schema, rows, sa.and_(o.tag.in_(tags), o.version == version))
    before = _grants(store, rows, wanted, earlier)
    taken = {person: before[person] - after[person] for person in wanted}
    return {person: names for person, names in taken.items() if names}


def _instants(connection: sa.Connection, version: int) -> tuple[int, int]:
    """When the version before came about, and when this one did: between the two, time alone may
    have ended a grant, and then this version says so.
    """
    c = t.changeset.c
    wanted = sa.select(c.received).where(c.version.in_((version - 1, version)))
    found = list(connection.scalars(wanted.order_by(c.version)))
    return found[0], found[-1]


def _grants(store: Store, rows: Rows, people: list[bytes], at: int) -> dict[bytes, set[BucketName]]:
    with laid_out(store, rows) as connection:
        return {
            person: set(by_bucket(grants_of(connection, store.schema, store.tables, person, at)))
            for person in people
        }
