"""What the record of told stores knows when something went wrong; on both databases."""

from __future__ import annotations

import itertools

import pytest
import sqlalchemy as sa

from device_sdk import Device
from device_sdk.errors import Offline
from syncengine.store import tables as t
from syncengine.store.database import reading, writing
from syncengine.store.receipts import receipts_of_row
from tests.store_tools.receipts import (
    CONFIRMED,
    CUSTOMER,
    NOT_TOLD,
    TOLD,
    last_version,
    of_row,
    of_version,
)
from tests.support.wire import NaiveDevice
from tests.support.world import Faults, World


def _lose(device: Device, faults: Faults, at: int) -> None:
    """A sync whose answer arrives up to that many bytes."""
    faults.cut_after = at
    with pytest.raises(Offline):
        device.sync()


def _records(world: World) -> int:
    with reading(world.store.engine) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(t.told)) or 0


@pytest.mark.parametrize("where", ["middle", "end"])
def test_an_answer_that_broke_off(world: World, where: str) -> None:
    """In the middle nothing was told; without its end it was, and only the next request confirms.

    Without the checkpoint the device has to be told once more; it is the first time that counts.
    """
    row = world.customer("a", "1")
    faults = Faults()
    with world.enrol("a", name="whole") as whole, world.enrol("a", faults, "cut") as cut:
        for device in (whole, cut, whole, cut):
            device.sync()
        world.update("customer", row, owner=None)
        received = whole._transport.received  # type: ignore[attr-defined]
        received.clear()
        whole.sync()
        whole_answer, checkpoint = sum(map(len, received)), len(received[-1])
        left_out = checkpoint // 2 if where == "end" else checkpoint + 5
        _lose(cut, faults, whole_answer - left_out)
        first = receipts_of_row(world.store, CUSTOMER, row)
        assert [r.state for r in first] == [TOLD, TOLD if where == "end" else NOT_TOLD]
        cut.sync()
        again = receipts_of_row(world.store, CUSTOMER, row)
        assert [r.state for r in again] == [TOLD, TOLD]
        cut.sync()
        last = receipts_of_row(world.store, CUSTOMER, row)
        assert [r.state for r in last] == [TOLD, CONFIRMED]
        assert cut.counts()["customer"] == 0


def test_rows_that_were_only_begun_to_be_sent_count(world: World) -> None:
    """A substitution that ends before its first answer did: part of it may lie on the device."""
    row = world.customers("a", 50)[0]
    device = NaiveDevice(world, "b")
    device.sync()
    device.sync()
    switch = world.insert(
        "substitution", absent=world.people["a"], substitute=world.people["b"], active=True
    )
    device.sync(stop_after=1)
    assert row in device.ids("customer")
    world.update("substitution", switch, active=False)
    (receipt,) = receipts_of_row(world.store, CUSTOMER, row)
    assert (receipt.state, receipt.certain) == (NOT_TOLD, False)
    assert of_version(world, last_version(world)) == {"b": NOT_TOLD}
    for state in (TOLD, CONFIRMED):
        device.sync()
        assert of_version(world, last_version(world)) == of_row(world, row) == {"b": state}
    assert row not in device.ids("customer")


def test_a_reinstalled_device_leaves_the_old_store_untold(world: World) -> None:
    """The old store cannot be asked any more; locking it says so, and promises nothing."""
    row = world.customer("a", "1")
    with world.enrol("a", name="old") as old:
        old.sync()
        old.sync()
    world.update("customer", row, owner=None)
    with world.enrol("a", name="new") as new:
        new.sync()
        new.sync()
        (receipt,) = receipts_of_row(world.store, CUSTOMER, row)
        assert (receipt.state, receipt.seat_state) == (NOT_TOLD, "active")
        seat = world.store.seats.list()[0].seat.id
        world.store.seats.lock(seat)
        (receipt,) = receipts_of_row(world.store, CUSTOMER, row)
        assert (receipt.state, receipt.seat_state) == (NOT_TOLD, "locked")
        world.store.seats.release(seat)
        (receipt,) = receipts_of_row(world.store, CUSTOMER, row)
        assert receipt.seat_state == "active"


def test_an_older_copy_of_a_store_that_comes_back_takes_the_proof_back(world: World) -> None:
    row = world.customer("a", "1")
    device = NaiveDevice(world, "a")
    device.sync()
    device.sync()
    old = device.token
    world.update("customer", row, owner=None)
    device.sync()
    device.sync()
    assert of_row(world, row) == {"a": CONFIRMED}
    device.token = old
    assert list(itertools.islice(world.store.sync(device.seat, device.hello(), []), 1))
    assert of_row(world, row) == {"a": NOT_TOLD}
    with writing(world.store.engine) as connection:
        connection.execute(sa.update(t.incarnation).values(state="fenced"))
    assert receipts_of_row(world.store, CUSTOMER, row)[0].seat_state == "fenced"
    world.store.seats.release(device.seat.id)
    device.buckets, device.records = {}, {}  # the same from here on, begun anew
    device.token = None
    device.sync()
    assert of_row(world, row) == {"a": TOLD}
    device.sync()
    assert of_row(world, row) == {"a": CONFIRMED}


def test_syncs_without_news_add_nothing_to_the_record(world: World) -> None:
    row = world.customer("a", "1")
    device = NaiveDevice(world, "a")
    device.sync()
    first = _records(world)
    assert first == 1
    for _ in range(3):
        device.sync()
        world.update("customer", row, phone=str(last_version(world)))
        device.sync()
        world.customer("a", f"new {last_version(world)}")
        world.customer("b", f"of another {last_version(world)}")
        device.sync()
    assert _records(world) == first
    world.update("customer", row, owner=None)
    device.sync()
    assert _records(world) == first + 1
