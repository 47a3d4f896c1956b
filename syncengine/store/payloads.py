"""Payloads are arrays by position: when the positions change, they are encoded anew.

A field behind all others needs nothing: shorter payloads are read as empty there. A module's new
field in front of the custom ones, or a removed field, shifts what follows. No row version changes:
what a device holds of a row is still the row, and it shifts what it keeps by itself.
"""

from __future__ import annotations

from typing import Any

import msgpack
import sqlalchemy as sa

from syncengine.model.manifest import Schema
from syncengine.model.parts import MAIN
from syncengine.store import tables as t
from syncengine.store.database import upsert
from syncengine.store.entity_tables import entity_tables
from syncengine.store.unsettled import Place, keep, part_of
from syncengine.store.working import make_payload

BATCH = 1_000


def lay_out(connection: sa.Connection, schema: Schema) -> dict[int, list[int]]:
    """Bring all payloads into the schema's layout, and note the rows that are in another part now
    as unsettled. The caller holds the clock's lock.

    Returns the numbers of the fields that each entity had before.
    """
    held = {row.tag: row for row in connection.execute(sa.select(t.layout))}
    tables = entity_tables(schema)
    layouts: list[dict[str, Any]] = []
    for tag, entity in schema.by_tag.items():
        numbers = [f.number for f in entity.fields]
        # A database from before layouts were kept has module fields alone, without a gap, and all
        # of its rows in the part main.
        was = held.get(tag)
        old = msgpack.unpackb(was.numbers) if was else []
        if numbers[: len(old)] != old:
            _encode_anew(connection, tag, tables[entity.name])
        part = entity.part.number
        if (was.part if was else MAIN.number) != part and _has_rows(
            connection, tables[entity.name]
        ):
            keep(connection, part_of(tag), Place())
        layouts.append({"tag": tag, "numbers": msgpack.packb(numbers), "part": part})
    upsert(connection, t.layout, layouts)
    return {tag: msgpack.unpackb(was.numbers) for tag, was in held.items()}


def _has_rows(connection: sa.Connection, table: sa.Table) -> bool:
    return connection.execute(sa.select(table.c.id).limit(1)).first() is not None


def _encode_anew(connection: sa.Connection, tag: int, table: sa.Table) -> None:
    """The typed rows have the same values by name; memory holds one batch of them."""
    r = t.record.c
    update = (
        sa.update(t.record)
        .where(r.tag == tag, r.row_id == sa.bindparam("row"))
        .values(payload=sa.bindparam("packed"))
    )
    wanted = sa.select(table).order_by(table.c.id).limit(BATCH)
    last = b""
    while rows := connection.execute(wanted.where(table.c.id > last)).all():
        connection.execute(
            update,
            [
                {"row": row[0], "packed": make_payload(row[0], row[1], tuple(row[2:]))}
                for row in rows
            ],
        )
        last = rows[-1][0]
