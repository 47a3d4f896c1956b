"""A small installation whose contacts come behind everything else, and a sync up to the next
checkpoint.
"""

from __future__ import annotations

import dataclasses
import uuid

from device_sdk import Device
from modules.masterdata.manifest import MASTERDATA
from modules.office.manifest import OFFICE as OFFICE_MODULE
from syncengine.model.entity import Action
from syncengine.model.manifest import Schema
from syncengine.model.parts import Part
from tests.support.world import World

PEOPLE = Part(150, "people")
# Contacts need their customers, and are many: they come behind them.
PARTED = Schema(
    (
        dataclasses.replace(
            MASTERDATA,
            entities=tuple(
                dataclasses.replace(e, part=PEOPLE) if e.name == "contact" else e
                for e in MASTERDATA.entities
            ),
        ),
        OFFICE_MODULE,
    )
)


def contacts(world: World, customer: bytes, count: int) -> list[bytes]:
    """Many of one customer, in one changeset."""
    ids = [world.environment.new_id() for _ in range(count)]
    world.write(
        [
            world.operation(
                Action.INSERT, "contact", i, customer=customer, name=f"Ann {n}", active=True
            )
            for n, i in enumerate(ids)
        ]
    )
    return ids


def renamed(world: World, ids: list[bytes], **fields: str) -> None:
    """An edit of many contacts by the office, in one changeset."""
    world.write([world.operation(Action.UPDATE, "contact", i, **fields) for i in ids])


def value(device: Device, entity: str, row_id: bytes, name: str) -> object:
    """What the device shows."""
    (found,) = [row[name] for row in device.rows(entity) if row.id == uuid.UUID(bytes=row_id)]
    return found


def ahead(device: Device) -> bool:
    """Sync as far as the next checkpoint; whether something was left to do."""

    def pause(point: str) -> None:
        if point == "device.after_publish":
            device.pause()

    environment = device._store.environment
    device._store.environment = dataclasses.replace(environment, reached=pause)
    try:
        return not device.sync().complete
    finally:
        device._store.environment = environment
        device.resume()
