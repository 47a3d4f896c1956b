"""Repair by ranges on the real store: only what differs, and nothing of it wrongly."""

from __future__ import annotations

import pytest

from syncengine.model.checksum import range_of
from syncengine.model.entity import Action
from syncengine.protocol.messages import Checkpoint, Chunk, Ranges, Repair, Struct
from tests.support.wire import NaiveDevice
from tests.support.world import SCHEMA, World

CUSTOMER = SCHEMA.tags["customer"]


def synced(world: World, customers: int) -> tuple[NaiveDevice, int]:
    """A device of `a`, and the bucket of its customers."""
    world.customers("a", customers)
    device = NaiveDevice(world, "a")
    device.sync()
    (bucket,) = [b for b, rows in device.buckets.items() if len(rows) == customers]
    return device, bucket


def ranges(device: NaiveDevice) -> list[tuple[int, int, int]]:
    """All that came again in the last sync."""
    messages = [m for m in device.messages if isinstance(m, Ranges)]
    return [(r.bucket, r.bits, r.number) for m in messages for r in m.ranges]


@pytest.mark.parametrize("bits", [0, 3, 12])
def test_only_the_range_that_differs_comes_again(world: World, bits: int) -> None:
    device, bucket = synced(world, 100)
    whole = dict(device.buckets[bucket])
    lost, _ = device.buckets[bucket].popitem()
    device.sync(repair=[device.asks(bucket, bits)])
    number = range_of(lost[1], bits)
    assert ranges(device) == [(bucket, bits, number)]
    assert device.received() == sum(range_of(row, bits) == number for _, row in whole)
    assert device.buckets[bucket] == whole
    device.sync(repair=[device.asks(bucket, bits)])
    assert ranges(device) == []
    assert device.received() == 0


def test_a_row_too_many_and_one_in_another_version(world: World) -> None:
    device, bucket = synced(world, 60)
    whole = dict(device.buckets[bucket])
    extra, old = (CUSTOMER, bytes(16)), next(iter(whole))
    device.buckets[bucket][extra] = 1
    device.records[extra] = [1, bytes(16)]
    device.records[old] = [*device.records[old]]
    device.records[old][0] -= 1
    device.sync(repair=[device.asks(bucket, 6)])
    assert {number for _, _, number in ranges(device)} == {0, range_of(old[1], 6)}
    assert device.buckets[bucket] == whole


def test_the_office_goes_on_while_ranges_are_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Invariants 7, 8, 10: rows that were sent a moment ago change, leave and come; each chunk is
    of a snapshot of its own, and all of them are worked in before the checkpoint.
    """
    monkeypatch.setattr("syncengine.store.ranges.CHUNK_ROWS", 5)
    monkeypatch.setattr("syncengine.store.ranges.PAGE_ROWS", 3)
    device, bucket = synced(world, 40)
    world.customers("a", 3)  # the device learns of these by the feed
    device.buckets[bucket].clear()
    chunks = 0

    def work(message: Struct) -> None:
        nonlocal chunks
        if not isinstance(message, Chunk) or chunks == 9:
            return
        chunks += 1
        held = sorted(row for _, row in device.buckets[bucket])
        leaves, changes = held[chunks % len(held)], held[-1]
        b = world.people["b"]
        world.write([world.operation(Action.UPDATE, "customer", leaves, owner=b)])
        if changes != leaves:
            world.update("customer", changes, name=f"changed {chunks}")
        world.customer("a", f"new {chunks}")

    device.sync(repair=[device.asks(bucket, 2)], between=work)
    assert chunks == 9
    fresh = NaiveDevice(world, "a")
    fresh.sync()
    assert device.ids("customer") == fresh.ids("customer")
    assert {k: r for k, r in device.records.items() if k[0] == CUSTOMER} == {
        k: r for k, r in fresh.records.items() if k[0] == CUSTOMER
    }


def test_a_repair_that_was_cut_is_asked_for_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncengine.store.ranges.CHUNK_ROWS", 5)
    monkeypatch.setattr("syncengine.store.ranges.PAGE_ROWS", 5)
    device, bucket = synced(world, 40)
    whole = dict(device.buckets[bucket])
    device.buckets[bucket].clear()
    device.sync(repair=[device.asks(bucket, 1)], stop_after=2)
    assert 0 < len(device.buckets[bucket]) < 40
    device.sync(repair=[device.asks(bucket, 1)])
    assert device.buckets[bucket] == whole


def test_nothing_is_omitted_in_a_range(world: World) -> None:
    """Nor relied on: the device may lack a row in either of its buckets."""
    shared = world.customer("a", "shared", city="Graz")
    audience = world.insert("audience", number="1", name="All")
    world.insert("audience_member", audience=audience, employee=world.people["a"], below=False)
    graz = '{"field":"city","op":"equal","value":"Graz"}'
    world.insert(
        "rule", number="7", name="Graz", target="customer", condition=graz, audience=audience,
        active=True,
    )  # fmt: skip
    device = NaiveDevice(world, "a")
    device.sync()
    full = {bucket: dict(rows) for bucket, rows in device.buckets.items()}
    assert sum((CUSTOMER, shared) in rows for rows in full.values()) == 2
    for rows in device.buckets.values():
        rows.clear()
    device.sync(repair=[device.asks(bucket, 1) for bucket in full])
    assert device.buckets == full
    assert not any(s.also for m in device.messages if isinstance(m, Chunk) for s in m.sections)


def test_foreign_and_unknown_buckets_are_ignored_alike(world: World) -> None:
    """Invariant 9."""
    device, bucket = synced(world, 5)
    other = NaiveDevice(world, "b")
    world.customer("b", "theirs")
    other.sync()
    (foreign,) = other.buckets.keys() - device.buckets.keys()
    for number in (foreign, 999_999, -1, 2**40):
        device.sync(repair=[Repair(number, 1, [(0, 0), (1, 5)])])
        assert ranges(device) == []
        kinds = [type(m) for m in device.messages]
        assert kinds[-1] is Checkpoint
        assert Chunk not in kinds
    assert bucket in device.buckets


def test_a_damaged_device_is_as_a_fresh_one_after_a_sync(world: World) -> None:
    """Invariants 5 and 23, with the SDK's device."""
    ids = world.customers("a", 200)
    with world.enrol("a") as device, world.enrol("a", name="fresh") as fresh:
        device.sync()
        db = device._store.database.connection
        db.execute("DELETE FROM row_customer WHERE rowid%50=1")
        db.execute("UPDATE row_customer SET version=version-1, name='old' WHERE rowid%50=2")
        db.execute(
            "INSERT INTO row_customer(id,version,generation,bucket,name)"
            " SELECT zeroblob(16),1,0,bucket,'never was' FROM row_customer LIMIT 1"
        )
        assert [f.code for f in device.verify().findings] == ["verify.bucket"]
        world.update("customer", ids[-1], name="new")
        world.customer("a", "one more")
        report = device.sync()
        assert 8 < report.rows_received < 150
        fresh.sync()
        rows = "SELECT * FROM customer ORDER BY id"
        assert device.query(rows) == fresh.query(rows)
        assert device.verify().sound
