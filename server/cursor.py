"""Where the next page of a list begins, as text in an address."""

from __future__ import annotations

import base64

import msgspec

from syncengine.model.entity import Entity
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Bool, Stored
from syncengine.model.ids import is_id
from syncengine.store.listing import Listed

MAX_LENGTH = 20_000  # characters; a sorted text may be long


def cursor_of(order: str | None, row: Listed) -> str:
    """Behind a row of a list in that order."""
    packed = msgspec.msgpack.encode([row.values[order] if order else None, row.id])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_cursor(entity: Entity, order: str | None, text: str) -> tuple[Stored, bytes]:
    """Value of the order's field and id of the row that it is behind; ValueError."""
    try:
        packed = base64.urlsafe_b64decode(text[:MAX_LENGTH] + "=" * (-len(text) % 4))
        value, row_id = msgspec.msgpack.decode(packed, type=tuple[str | int | bool | None, bytes])
        if not is_id(row_id):
            raise ValueError("no row's id")
        field = entity.by_name.get(order or "")
        if field is not None and value is not None:
            value = bool(value) if isinstance(field.type, Bool) else value
            field.type.check(value)
    except (ValueError, msgspec.DecodeError, InvalidValue):
        raise ValueError("this is no place in such a list") from None
    return value, row_id
