"""Rows of the module at the server, as programs use them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from modules.expenses.reckoned import Written
from modules.expenses.trip_entities import PARTS
from syncengine.model.fields import Stored
from syncengine.store.loaded import loaded_rows
from syncengine.store.store import Store


def rows_of(
    store: Store, connection: sa.Connection, name: str, **equal: Stored
) -> list[dict[str, Any]]:
    """Those whose fields are equal to these, with id and version, by id."""
    table = store.tables[name].c
    return loaded_rows(store, connection, name, *(table[field] == v for field, v in equal.items()))


def written_of(store: Store, connection: sa.Connection, trip: dict[str, Any]) -> Written:
    """A trip with its parts."""
    of = trip["id"].bytes
    return Written(trip, *(rows_of(store, connection, part.name, trip=of) for part in PARTS))
