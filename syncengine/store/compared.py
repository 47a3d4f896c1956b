"""What waits for the office side by side: base, server and device, field by field, as stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from syncengine.model.entity import Action, Entity, Field
from syncengine.model.fields import Stored
from syncengine.store.reviews import unpack_operations
from syncengine.store.store import Store


@dataclass(frozen=True)
class Compared:
    """One field: what it was for the person, what the server had when the work came, what it has
    now, and what the person entered.
    """

    field: Field
    base: Stored
    server: Stored
    now: Stored
    device: Stored

    @property
    def stored(self) -> tuple[Stored, Stored, Stored, Stored]:
        """In this order."""
        return self.base, self.server, self.now, self.device


@dataclass(frozen=True)
class Piece:
    """One operation; of a deletion there are no fields. there: there is such a row now."""

    place: int
    action: Action
    entity: Entity
    row_id: bytes
    there: bool
    fields: tuple[Compared, ...]


def pieces_of(store: Store, connection: sa.Connection, row: Any) -> list[Piece]:  # noqa: ANN401
    """Of an entry's row; none where it is in words that are no longer read."""
    known = {(at, n): more for at, n, *more in msgspec.msgpack.decode(row.lines)}
    found = []
    for place, operation in enumerate(unpack_operations(row.body)):
        entity = store.schema.by_tag[operation.tag]
        table = store.tables[entity.name]
        rows = connection.execute(sa.select(table).where(table.c.id == operation.row_id))
        there = rows.mappings().first()
        now: Mapping[Any, Any] = there or {}
        fields = []
        for number, entered in operation.fields.items():
            field = entity.known(number)
            assert field is not None
            base, server, _ = known.get((place, number), (None, None, None))
            fields.append(Compared(field, base, server, now.get(field.name), entered))
        found.append(
            Piece(place, operation.action, entity, operation.row_id, there is not None,
                  tuple(fields))
        )  # fmt: skip
    return found
