"""Reminders of an info: when it was last, when again, and the row that is one.

A reminder's id follows from the one before, so of two that are sent at once there is one.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import derived_id
from syncengine.store.database import reading
from syncengine.store.store import Store

PAUSE = 10 * 60 * 1_000_000  # between two of an info


class TooSoon(ValueError):
    """last, again: instants."""

    def __init__(self, last: int) -> None:
        super().__init__("recipients of this info were reminded less than ten minutes ago")
        self.last, self.again = last, last + PAUSE


def last_reminder(store: Store, info: bytes) -> int | None:
    """When the office reminded of an info; None: it never has."""
    last = _last(store, info)
    return last.at if last is not None else None


def reminder(store: Store, info: bytes) -> Operation:
    """Reminds now all who have not confirmed the info; TooSoon."""
    last, now = _last(store, info), store.environment.now()
    if last is not None and now < last.at + PAUSE:
        raise TooSoon(last.at)
    schema = store.schema
    by_name = schema.entities["info_reminder"].by_name
    row = derived_id(last.id if last is not None else info, b"reminder")
    fields: dict[int, Stored] = {by_name["info"].number: info, by_name["at"].number: now}
    return Operation(Action.INSERT, schema.tags["info_reminder"], row, fields)


def _last(store: Store, info: bytes) -> sa.Row[Any] | None:
    table = store.tables["info_reminder"]
    r = table.c
    wanted = sa.select(table).where(r.info == info).order_by(r.at.desc(), r.id).limit(1)
    with reading(store.engine) as connection:
        return connection.execute(wanted).first()
