"""Grants of the past: which buckets one changeset took from people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from syncengine.model.entity import Action, Entity
from syncengine.model.manifest import Schema
from syncengine.model.terms import BucketName
from syncengine.store import tables as t
from syncengine.store.basis import unpack_fields
from syncengine.store.database import open_engine, writing
from syncengine.store.grants import by_bucket, grants_of, touches_grants
from syncengine.store.store import Store

_Rows = dict[int, dict[bytes, dict[str, Any]]]  # tag -> row id -> values by column


def taken_by(
    connection: sa.Connection, store: Store, version: int, people: Iterable[bytes]
) -> dict[bytes, set[BucketName]]:
    """Person -> the buckets granted just before `version` and no longer at it; none: left out.

    The rows that grants come from are taken back through the history to that version and laid out
    in a scratch database, where the grants are computed as ever: so this holds for every grant
    term. Costs a reading of those entities (people, substitutions) and of their history since.
    """
    schema = store.schema
    tags = {tag: e for tag, e in schema.by_tag.items() if touches_grants(schema, e.name)}
    o = t.operation.c
    operations = sa.select(o.tag.in_(tags)).where(o.version == version)
    touched = list(connection.scalars(operations))
    if touched and not any(touched):
        return {}
    earlier, now = _instants(connection, version)
    rows = {tag: _present(connection, store.tables[e.name]) for tag, e in tags.items()}
    wanted = list(people)
    _undo(connection, tags, rows, o.version > version)
    after = _grants(schema, store.tables, rows, wanted, now)
    _undo(connection, tags, rows, o.version == version)
    before = _grants(schema, store.tables, rows, wanted, earlier)
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


def _present(connection: sa.Connection, table: sa.Table) -> dict[bytes, dict[str, Any]]:
    rows = connection.execute(sa.select(table)).mappings()
    return {row["id"]: dict(row) for row in rows}


def _undo(
    connection: sa.Connection,
    tags: dict[int, Entity],
    rows: _Rows,
    which: sa.ColumnElement[bool],
) -> None:
    """Take the operations back, newest first."""
    o = t.operation.c
    wanted = sa.select(o.tag, o.row_id, o.action, o.before).where(o.tag.in_(tags), which)
    for tag, row_id, action, before in connection.execute(
        wanted.order_by(o.version.desc(), o.position.desc())
    ):
        entity = tags[tag]
        if action == Action.INSERT:
            rows[tag].pop(row_id, None)
            continue
        if action == Action.DELETE:
            empty = {field.name: None for field in entity.fields}
            rows[tag][row_id] = {"id": row_id, "version": 0, **empty}
        names = {
            entity.fields[entity.by_number[n]].name: v for n, v in unpack_fields(before).items()
        }
        rows[tag][row_id].update(names)


def _grants(
    schema: Schema, tables: dict[str, sa.Table], rows: _Rows, people: list[bytes], at: int
) -> dict[bytes, set[BucketName]]:
    scratch = open_engine("sqlite://")
    try:
        with writing(scratch) as connection:
            for tag, some in rows.items():
                table = tables[schema.by_tag[tag].name]
                table.create(connection)
                if some:
                    connection.execute(sa.insert(table), list(some.values()))
            return {
                person: set(by_bucket(grants_of(connection, schema, tables, person, at)))
                for person in people
            }
    finally:
        scratch.dispose()
