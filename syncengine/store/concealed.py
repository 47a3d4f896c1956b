"""Which entities' rows are concealed now, as the rows of a snapshot say."""

from __future__ import annotations

import sqlalchemy as sa

from syncengine.model.manifest import Schema


def conceals(schema: Schema, entity: str) -> bool:
    """Whether rows of this entity say what is concealed."""
    return any(one.by == entity for one in schema.concealed)


def concealed_now(
    connection: sa.Connection, schema: Schema, tables: dict[str, sa.Table]
) -> frozenset[str]:
    """The entities; a statement for each declaration."""
    found: set[str] = set()
    for one in schema.concealed:
        table = tables[one.by].c
        no = sa.select(table.id).where(table[one.shown].is_(sa.false())).limit(1)
        if connection.scalar(no) is not None:
            found.update(one.entities)
    return frozenset(found)
