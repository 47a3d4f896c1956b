"""D6: what becomes of a leaver's devices, and of the work that waits on them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from device_sdk import Device
from server.handover import devices_of, hand_over
from syncengine.model.errors import SyncError
from syncengine.store import tables as t
from syncengine.store.database import reading
from tests.support.leaving import parts, planned
from tests.support.world import DAY, SCHEMA, World


def test_unsent_work_is_kept_and_reaches_the_successor(world: World) -> None:
    """D6: new rows below a customer are taken, edits wait for the office, notes stay personal."""
    shop = world.customer("a", "1", phone="old")
    people = world.people
    with world.enrol("a") as leaver, world.enrol("b") as successor:
        leaver.sync()
        with leaver.changeset() as changes:
            changes.update("customer", shop, phone="late")
        with leaver.changeset() as changes:
            at = uuid.UUID(bytes=shop)
            contact = changes.insert("contact", customer=at, name="Eve", active=True)
            visit = changes.insert(
                "appointment", customer=at, employee=uuid.UUID(bytes=people["a"]), subject="Visit",
                starts_at=_tomorrow(world), active=True,
            )  # fmt: skip
        with leaver.changeset() as changes:
            changes.insert("note", author=uuid.UUID(bytes=people["a"]), text="mine")
        hand_over(world.store, planned(world, "a", "b"))
        assert [d.synced for d in devices_of(world.store, people["a"])] == [False]
        assert leaver.sync().verdicts == {"quarantined": 1, "accepted": 2}
        assert (leaver.counts()["customer"], leaver.counts()["note"]) == (0, 1)
        (item,) = leaver.inbox()
        assert item.entered[0].values == {"phone": "late"}
        successor.sync()
        found = successor.get("customer", shop)
        assert found is not None
        assert found.phone == "old"
        assert successor.get("contact", contact) is not None
        assert successor.get("appointment", visit) is not None
        assert successor.counts()["note"] == 0
        again = planned(world, "a", "b")
        assert parts(again) == {("appointment", "employee", "successor"): 1}
        hand_over(world.store, again)
        successor.sync()
        taken = successor.get("appointment", visit)
        assert taken is not None
        assert taken.employee == uuid.UUID(bytes=people["b"])
        leaver.sync()
        assert [d.synced for d in devices_of(world.store, people["a"])] == [True]
    c, v = t.changeset.c, t.verdict.c
    with reading(world.store.engine) as connection:
        wrote = set(connection.scalars(sa.select(c.person).where(c.incarnation.is_not(None))))
        waits = connection.scalars(sa.select(v.body).where(v.outcome == "quarantined")).all()
    assert wrote == {people["a"]}
    assert [body is not None for body in waits] == [True]


def _tomorrow(world: World) -> Any:
    kind = SCHEMA.entities["appointment"].by_name["starts_at"].type
    return kind.load(world.environment.now() + DAY)


def test_locked_at_once(world: World) -> None:
    world.customer("a", "1")
    unused = world.store.seats.create_code(world.people["a"], DAY)
    with world.enrol("a") as leaver, world.enrol("b") as successor:
        leaver.sync()
        hand_over(world.store, planned(world, "a", "b"), lock=True)
        with pytest.raises(SyncError) as refused:
            leaver.sync()
        assert refused.value.code == "auth.seat_locked"
        successor.sync()
        assert successor.counts()["customer"] == 1
    with pytest.raises(SyncError) as refused:
        Device.enrol(world.folder / "new", world.transport(None), unused, "new")
    assert refused.value.code == "auth.enrolment_refused"
    assert [d.status.seat.locked for d in devices_of(world.store, world.people["a"])] == [True]
