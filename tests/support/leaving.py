"""What tests of leaving plan, write and look at."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from device_sdk import Device
from server.handover import Plan, plan
from syncengine.model.fields import Stored
from syncengine.store.database import reading
from tests.support.world import DAY, SCHEMA, World


def value(world: World, entity: str, row: bytes, field: str) -> Stored:
    """A field of a row as the server has it; None when there is no such row."""
    table = world.store.tables[entity]
    with reading(world.store.engine) as connection:
        found: Stored = connection.scalar(sa.select(table.c[field]).where(table.c.id == row))
    return found


def planned(world: World, leaver: str, successor: str, **more: Any) -> Plan:
    """A hand-over between two people by name."""
    return plan(world.store, world.people[leaver], world.people[successor], **more)


def parts(made: Plan) -> dict[tuple[str, str, str], int]:
    """(entity, field, fate) -> rows."""
    return {(p.entity, p.field, str(p.fate)): p.rows for p in made.parts}


def appointment(world: World, customer: bytes, employee: str, days: int) -> bytes:
    """One in so many days."""
    return world.insert(
        "appointment", customer=customer, employee=world.people[employee], subject="Visit",
        starts_at=world.environment.now() + days * DAY, active=True,
    )  # fmt: skip


def substitution(world: World, absent: str, substitute: str, **more: Stored) -> bytes:
    """One that is switched on."""
    who = {"absent": world.people[absent], "substitute": world.people[substitute]}
    return world.insert("substitution", None, **who, active=True, **more)


def membership(world: World, audience: bytes, who: str, below: bool) -> bytes:
    """A place in an audience."""
    return world.insert(
        "audience_member", audience=audience, employee=world.people[who], below=below
    )


def held(device: Device) -> dict[str, set[object]]:
    """The rows that a device shows, by entity."""
    return {e: {r for (r,) in device.query(f'SELECT id FROM "{e}"')} for e in SCHEMA.entities}


def flat(rows: dict[str, set[object]]) -> set[tuple[str, object]]:
    """The same as one set."""
    return {(entity, row) for entity, ids in rows.items() for row in ids}
