"""Rows as programs use them, for modules' work at the server."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from syncengine.store.store import Store


def loaded_rows(
    store: Store,
    connection: sa.Connection,
    name: str,
    *where: sa.ColumnElement[bool],
    most: int | None = None,
) -> list[dict[str, Any]]:
    """Rows of the entity that meet these conditions, by id, so many at most: each with its id, its
    version and its fields.
    """
    entity, table = store.schema.entities[name], store.tables[name]
    wanted = sa.select(table).where(*where).order_by(table.c.id).limit(most)
    return [
        {
            "id": uuid.UUID(bytes=row["id"]),
            "version": row["version"],
            **{
                f.name: None if row[f.name] is None else f.type.load(row[f.name])
                for f in entity.fields
            },
        }
        for row in connection.execute(wanted).mappings()
    ]
