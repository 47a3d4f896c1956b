"""Early checkpoints: news of urgent parts are there before those of large ones, each part is of one
version, nothing dangles, and what is done in between is judged by what its author saw.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_sdk import Device
from modules.masterdata.manifest import MASTERDATA
from modules.office.manifest import OFFICE as OFFICE_MODULE
from syncengine.model.entity import Action
from syncengine.model.manifest import Schema
from syncengine.model.parts import Part
from syncengine.store import pull
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
MANY = 60


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(pull, "CHUNK_BYTES", 1_000)
    made = World("sqlite://", tmp_path, schema=PARTED)
    yield made
    made.close()


def contacts(world: World, customer: bytes, count: int = MANY) -> list[bytes]:
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
    world.write([world.operation(Action.UPDATE, "contact", i, **fields) for i in ids])


def value(device: Device, entity: str, row_id: bytes, name: str) -> object:
    (found,) = [row[name] for row in device.rows(entity) if row.id == uuid.UUID(bytes=row_id)]
    return found


def ahead(device: Device) -> None:
    """Sync as far as the next checkpoint: the urgent part is published, the other one is not."""

    def pause(point: str) -> None:
        if point == "device.after_publish":
            device.pause()

    environment = device._store.environment
    device._store.environment = dataclasses.replace(environment, reached=pause)
    assert not device.sync().complete
    device._store.environment = environment
    device.resume()


@pytest.fixture
def shop(world: World) -> bytes:
    return world.customer("a", "1", phone="old")


def test_urgent_news_do_not_wait_for_large_ones(world: World, shop: bytes) -> None:
    people = contacts(world, shop)
    with world.enrol("a") as device, world.enrol("a", name="other") as other:
        device.sync()
        renamed(world, people, phone="new")
        world.update("customer", shop, phone="new")
        second = world.customer("a", "2")
        ahead(device)
        assert value(device, "customer", shop, "phone") == "new"
        assert value(device, "customer", second, "number") == "2"
        assert {row["phone"] for row in device.rows("contact")} == {None}
        assert device.verify().sound
        device.sync()
        other.sync()
        assert {row["phone"] for row in device.rows("contact")} == {"new"}
        assert device.counts() == other.counts()
        assert device.sync().rows_received == 0


def test_a_restart_in_between_changes_nothing(world: World, shop: bytes) -> None:
    people = contacts(world, shop)
    with world.enrol("a") as device:
        device.sync()
        renamed(world, people, phone="new")
        world.update("customer", shop, phone="new")
        ahead(device)
    with world.reopen("a") as device:
        assert value(device, "customer", shop, "phone") == "new"
        world.update("customer", shop, phone="newer")
        ahead(device)
        assert value(device, "customer", shop, "phone") == "newer"
        device.sync()
        assert {row["phone"] for row in device.rows("contact")} == {"new"}


def test_each_part_is_a_base_of_its_own(world: World, shop: bytes) -> None:
    """One changeset edits a customer whose news it saw, and a contact whose news it did not see:
    the first edit stands, the second one meets what the office wrote meanwhile.
    """
    people = contacts(world, shop)
    with world.enrol("a") as device:
        device.sync()
        renamed(world, people, phone="office")
        world.update("customer", shop, phone="office")
        ahead(device)
        assert value(device, "contact", people[-1], "phone") is None
        with device.changeset() as changes:
            changes.update("customer", shop, phone="mine")
            changes.update("contact", people[-1], phone="mine")
        device.sync()
        assert value(device, "customer", shop, "phone") == "mine"
        assert value(device, "contact", people[-1], "phone") == "office"


def test_own_work_shows_until_its_part_has_it(world: World, shop: bytes) -> None:
    people = contacts(world, shop, 5 * MANY)
    with world.enrol("a") as device:
        device.sync()
        renamed(world, people[1:], phone="office")
        with device.changeset() as changes:
            changes.update("customer", shop, phone="mine")
            changes.update("contact", people[0], phone="mine")
        with device.changeset() as changes:
            changes.update("customer", shop, city="mine")
        for name in ("First", "Second", "Third"):
            world.update("customer", shop, name=name)
            ahead(device)
            assert value(device, "customer", shop, "name") == name
            assert value(device, "contact", people[0], "phone") == "mine"
            assert value(device, "customer", shop, "phone") == "mine"
            assert value(device, "customer", shop, "city") == "mine"
        device.sync()
        assert value(device, "contact", people[0], "phone") == "mine"
        assert value(device, "contact", people[1], "phone") == "office"
        assert value(device, "customer", shop, "city") == "mine"


def test_what_a_later_part_may_need_leaves_with_it(world: World, shop: bytes) -> None:
    """Invariant 10: a contact never lacks its customer."""
    people = contacts(world, shop)
    second = world.customer("a", "2")
    contacts(world, second)
    with world.enrol("a") as device:
        device.sync()
        renamed(world, people, phone="new")
        world.update("customer", second, owner=world.people["b"])
        world.update("customer", shop, phone="new")
        device.sync(budget_bytes=1)
        assert value(device, "customer", shop, "phone") == "old"
        assert value(device, "customer", second, "number") == "2"
        device.sync()
        assert value(device, "customer", shop, "phone") == "new"
        assert [row.id for row in device.rows("customer")] == [uuid.UUID(bytes=shop)]
        assert {row["customer"] for row in device.rows("contact")} == {uuid.UUID(bytes=shop)}


def test_work_on_a_row_that_came_early_and_left_again_is_late(world: World, shop: bytes) -> None:
    """D6: the server knows that the store had it, though its checkpoint as a whole is older."""
    people = contacts(world, shop)
    with world.enrol("a") as device:
        device.sync()
        renamed(world, people, phone="new")
        second = world.customer("a", "2")
        ahead(device)
        with device.changeset() as changes:
            changes.update("customer", second, phone="late")
        world.update("customer", second, owner=world.people["b"])
        report = device.sync()
        assert report.verdicts == {"quarantined": 1}
