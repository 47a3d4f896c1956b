"""What an app tells a person of a device, apart from its rows: loaded by whoever imports it.

Functions and not methods of Device, so that apps without a screen do not carry them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from device_sdk.database import fetch
from device_sdk.device import Device
from device_sdk.draft import RowId, as_id
from device_sdk.inbox import Entered
from device_sdk.outbox import read_operations
from syncengine.model.changeset import Operation
from syncengine.model.fields import EPOCH, MICROSECOND, Value
from syncengine.model.manifest import Schema
from syncengine.model.terms import Reason

__all__ = ["Waiting", "lent_by", "modules", "people", "waiting"]

NOT_SENT = "SELECT sequence, made, body FROM outbox WHERE verdict IS NULL ORDER BY sequence LIMIT ?"


@dataclass(frozen=True)
class Waiting:
    """A changeset that is not sent, or not answered yet. made: when, by the device's clock."""

    sequence: int
    made: dt.datetime
    entered: tuple[Entered, ...]


def waiting(device: Device, most: int = 1_000) -> list[Waiting]:
    """What waits, oldest first, with what was entered; `Device.pending` counts all of it."""
    store = device._store
    with device._write:
        lines = fetch(store.database.connection, NOT_SENT, (most,))
        schema = store.schema
    return [
        Waiting(
            sequence,
            EPOCH + made * MICROSECOND,
            tuple(_entered(schema, o) for o in read_operations(body)),
        )
        for sequence, made, body in lines
    ]


def _entered(schema: Schema, operation: Operation) -> Entered:
    entity = schema.by_tag[operation.tag]
    values: dict[str, Value] = {}
    for number, stored in operation.fields.items():
        field = entity.known(number)
        assert field is not None
        values[field.name] = None if stored is None else field.type.load(stored)
    row = uuid.UUID(bytes=operation.row_id)
    return Entered(str(operation.action), entity.name, row, values)


def lent_by(device: Device, entity: str, rows: Sequence[RowId]) -> dict[uuid.UUID, uuid.UUID]:
    """Row -> the absent person, for those of these rows that are here through substitutions alone.
    One query a row: for what a page shows.
    """
    store = device._store
    found: dict[uuid.UUID, uuid.UUID] = {}
    with device._write:
        tag = store.schema.tags[entity]
        table = store.layouts[tag].table
        for row in map(as_id, rows):
            held = fetch(
                store.database.connection,
                "SELECT reason, via FROM bucket WHERE id IN"
                f" (SELECT bucket FROM {table} WHERE id=:row"
                " UNION SELECT bucket FROM held WHERE tag=:tag AND id=:row) ORDER BY id",
                {"row": row, "tag": tag},
            )
            if held and all(reason == Reason.SUBSTITUTION for reason, _ in held):
                found[uuid.UUID(bytes=row)] = uuid.UUID(bytes=held[0][1])
    return found


def people(device: Device) -> str:
    """The entity whose rows are the persons, `Device.person` among them."""
    return device._store.schema.people


def modules(device: Device) -> dict[str, int]:
    """Name -> version of the modules whose rows the device can hold."""
    return {module.name: module.version for module in device._store.schema.modules}
