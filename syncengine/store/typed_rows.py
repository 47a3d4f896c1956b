"""Writing rows of one entity into its typed table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from syncengine.model.entity import Entity
from syncengine.store.database import upsert
from syncengine.store.working import Change, Values

_ROW = "ROW"  # a parameter; columns are in small letters


def write_typed(
    connection: sa.Connection, entity: Entity, table: sa.Table, rows: Sequence[Change]
) -> None:
    """Insert the new ones; of those that were there, write the columns in which some differ. What
    nobody changed costs no index anything.
    """
    names = [f.name for f in entity.fields]
    new: list[dict[str, Any]] = []
    edited: list[tuple[bytes, int, Values]] = []
    places: set[int] = set()
    for (_, row_id), before, after in rows:
        assert after.values is not None
        if before.values is None:
            values = dict(zip(names, after.values, strict=True))
            new.append({"id": row_id, "version": after.version, **values})
            continue
        edited.append((row_id, after.version, after.values))
        pairs = zip(before.values, after.values, strict=True)
        places.update(place for place, (was, now) in enumerate(pairs) if was != now)
    upsert(connection, table, new)
    if edited:
        connection.execute(
            sa.update(table).where(table.c.id == sa.bindparam(_ROW)),
            [
                {_ROW: row_id, "version": version, **{names[p]: values[p] for p in places}}
                for row_id, version, values in edited
            ],
        )
