"""Early checkpoints: news of urgent parts are there before those of large ones, each part is of one
version, nothing dangles, and what is done in between is judged by what its author saw.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_sdk.based import base_of
from device_sdk.errors import Offline
from syncengine.protocol.frames import FrameReader
from syncengine.protocol.messages import EarlyCheckpoint, decode_response
from syncengine.store import pull
from tests.device.parted import PARTED, ahead, contacts, renamed, value
from tests.support.world import World

MANY = 60


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(pull, "CHUNK_BYTES", 1_000)
    made = World("sqlite://", tmp_path, schema=PARTED)
    yield made
    made.close()


@pytest.fixture
def shop(world: World) -> bytes:
    return world.customer("a", "1", phone="old")


def test_urgent_news_do_not_wait_for_large_ones(world: World, shop: bytes) -> None:
    people = contacts(world, shop, MANY)
    with world.enrol("a") as device, world.enrol("a", name="other") as other:
        device.sync()
        renamed(world, people, phone="new")
        world.update("customer", shop, phone="new")
        second = world.customer("a", "2")
        assert ahead(device)
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
    people = contacts(world, shop, MANY)
    with world.enrol("a") as device:
        device.sync()
        renamed(world, people, phone="new")
        world.update("customer", shop, phone="new")
        assert ahead(device)
    with world.reopen("a") as device:
        assert value(device, "customer", shop, "phone") == "new"
        world.update("customer", shop, phone="newer")
        assert ahead(device)
        assert value(device, "customer", shop, "phone") == "newer"
        device.sync()
        assert {row["phone"] for row in device.rows("contact")} == {"new"}


def test_each_part_is_a_base_of_its_own(world: World, shop: bytes) -> None:
    """One changeset edits a customer whose news it saw, and a contact whose news it did not see:
    the first edit stands, the second one meets what the office wrote meanwhile.
    """
    people = contacts(world, shop, MANY)
    with world.enrol("a") as device:
        device.sync()
        renamed(world, people, phone="office")
        world.update("customer", shop, phone="office")
        assert ahead(device)
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
            assert ahead(device)
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
    people = contacts(world, shop, MANY)
    second = world.customer("a", "2")
    contacts(world, second, MANY)
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
    people = contacts(world, shop, MANY)
    with world.enrol("a") as device:
        device.sync()
        renamed(world, people, phone="new")
        second = world.customer("a", "2")
        assert ahead(device)
        with device.changeset() as changes:
            changes.update("customer", second, phone="late")
        world.update("customer", second, owner=world.people["b"])
        report = device.sync()
        assert report.verdicts == {"quarantined": 1}


def test_what_an_early_checkpoint_contains_does_not_hide_what_came_after(
    world: World, shop: bytes
) -> None:
    """The contact's edit of a changeset waits, the customer's is contained: what the office writes
    over it shows, and is what the next edit is made on.
    """
    people = contacts(world, shop, 5 * MANY)
    with world.enrol("a") as device:
        device.sync()
        renamed(world, people[1:], phone="office")
        with device.changeset() as changes:
            changes.update("customer", shop, phone="mine")
            changes.update("contact", people[0], phone="mine")
        assert ahead(device)
        world.update("customer", shop, phone="office")
        assert ahead(device)
        assert value(device, "customer", shop, "phone") == "office"
        assert value(device, "contact", people[0], "phone") == "mine"


@pytest.mark.parametrize("whole", [True, False])
def test_an_old_early_answer_changes_nothing(
    world: World, shop: bytes, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    """Found by the simulator: it is of the version that is here already, and would make the people
    that it left count as old once more, where the device has the whole of it by now.
    """
    people = contacts(world, shop, MANY)
    with world.enrol("a") as device:
        device.sync()
        renamed(world, people, phone="new")
        world.update("customer", shop, phone="new")
        transport = world.transports[-1]
        transport.received.clear()
        assert device.sync().complete if whole else ahead(device)
        old = up_to_early(transport.received)
        before = base_of(device._store.database)
        with monkeypatch.context() as patch:
            patch.setattr(transport, "_answer", lambda *_: iter(old))
            with pytest.raises(Offline):
                device.sync()
        assert base_of(device._store.database) == before
        assert device.sync().complete
        assert {row["phone"] for row in device.rows("contact")} == {"new"}


def up_to_early(pieces: list[bytes]) -> list[bytes]:
    """Those of the first answer, which ended early."""
    for number, piece in enumerate(pieces, 1):
        for data in FrameReader(2**31).feed(piece):
            if isinstance(decode_response(data), EarlyCheckpoint):
                return pieces[:number]
    raise AssertionError("no answer ended early")
