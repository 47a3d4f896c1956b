"""Late work, decided by the slice now and the checkpoint acknowledged; and what holds for the
office.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from syncengine.model.entity import Action
from syncengine.model.environment import Environment
from syncengine.store import tables as t
from tests.support.wire import NaiveDevice, codes
from tests.support.world import DAY, World


@pytest.fixture
def device(world: World) -> NaiveDevice:
    made = NaiveDevice(world, "a")
    made.sync()
    return made


def _version(world: World) -> int:
    return world.store.status().version


def test_late_edits_wait_and_late_new_rows_are_taken(device: NaiveDevice, world: World) -> None:
    """D6; the slice now decides, the acknowledged checkpoint proves what was held."""
    mine = world.customer("a", "1", phone="old")
    device.sync()
    world.update("customer", mine, owner=world.people["b"])
    edit = device.changeset(device.update("customer", mine, phone="late"))
    contact = device.changeset(device.insert("contact", customer=mine, name="Ann", active=True))
    quarantined, accepted = device.push(edit, contact)
    assert (quarantined.outcome, codes(quarantined)) == ("quarantined", {"late.quarantined"})
    assert accepted.outcome == "accepted"
    phone = world.store.tables["customer"].c.phone
    with world.store.engine.connect() as connection:
        assert connection.scalars(sa.select(phone)).all() == ["old"]
        kept = connection.execute(
            sa.select(t.verdict.c.body).where(t.verdict.c.outcome == "quarantined")
        ).scalar()
    assert kept == edit.body


def test_an_owner_that_never_had_the_row_gets_no_late_rights(
    device: NaiveDevice, world: World
) -> None:
    foreign = world.customer("b", "1")
    device.sync()
    world.update("customer", foreign, owner=None)
    (verdict,) = device.push(
        device.changeset(device.insert("contact", customer=foreign, name="x", active=True))
    )
    assert verdict.outcome == "rejected"


def test_the_office_is_held_to_references_cycles_and_use(world: World) -> None:
    mine = world.customer("a", "1")
    contact = world.insert("contact", customer=mine, name="Ann", active=True)
    cases = {
        "reference.unknown": world.operation(
            Action.UPDATE, "customer", mine, owner=world.environment.new_id()
        ),
        "hierarchy.cycle": world.operation(
            Action.UPDATE, "employee", world.people["boss"], manager=world.people["a"]
        ),
        "row.in_use": world.operation(Action.DELETE, "customer", mine),
        "row.unknown": world.operation(Action.DELETE, "contact", world.environment.new_id()),
        "row.exists": world.operation(
            Action.INSERT, "contact", contact, customer=mine, name="x", active=True
        ),
    }
    version = _version(world)
    for code, operation in cases.items():
        verdict = world.write([operation])
        assert {o.code for o in verdict.objections} == {code}
    assert _version(world) == version
    world.write([world.operation(Action.DELETE, "contact", contact)])
    assert world.write([world.operation(Action.DELETE, "customer", mine)]).version == version + 2


def test_after_the_window_late_new_rows_wait_for_the_office(
    database_url: str, tmp_path: Path
) -> None:
    offset = {"days": 0}
    clock = Environment().now
    world = World(database_url, tmp_path, now=lambda: clock() + offset["days"] * DAY)
    device = NaiveDevice(world, "a")
    mine = world.customer("a", "1")
    device.sync()
    device.sync()  # the second one proves the first one's checkpoint
    world.update("customer", mine, owner=world.people["b"])
    offset["days"] = 31
    (verdict,) = device.push(
        device.changeset(device.insert("contact", customer=mine, name="Ann", active=True))
    )
    assert verdict.outcome == "quarantined"
    world.close()
