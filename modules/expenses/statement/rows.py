"""Rows of the module at the server, as programs use them."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from modules.expenses.reckoned import Written
from modules.expenses.trip_entities import PARTS
from syncengine.model.fields import Stored
from syncengine.store.store import Store


def rows_of(
    store: Store, connection: sa.Connection, name: str, **equal: Stored
) -> list[dict[str, Any]]:
    """Those whose fields are equal to these, with id and version, by id."""
    entity, table = store.schema.entities[name], store.tables[name]
    wanted = sa.select(table).where(*(table.c[field] == v for field, v in equal.items()))
    return [
        {
            "id": uuid.UUID(bytes=row["id"]),
            "version": row["version"],
            **{
                f.name: None if row[f.name] is None else f.type.load(row[f.name])
                for f in entity.fields
            },
        }
        for row in connection.execute(wanted.order_by(table.c.id)).mappings()
    ]


def written_of(store: Store, connection: sa.Connection, trip: dict[str, Any]) -> Written:
    """A trip with its parts."""
    of = trip["id"].bytes
    return Written(trip, *(rows_of(store, connection, part.name, trip=of) for part in PARTS))
