"""Repair by ranges: what differs comes again, and little else does."""

from __future__ import annotations

from contextlib import suppress
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_sdk import Device
from device_sdk.errors import Offline
from device_sdk.recount import asked, range_bits
from syncengine.protocol.limits import MAX_RANGE_BITS, MAX_RANGE_SUMS
from tests.device.damage import DAMAGES, due, held
from tests.device.fake import Fake, shown
from tests.device.feed import Bucket

KILOBYTES = 25  # for one differing row of 50,000: 512 sums, and the rows of one range


def office(fake: Fake, random: Random, changes: int) -> None:
    """Some everyday work: rows come, change, move and go."""
    for number in range(changes):
        rows = sorted(row for tag, row in fake.rows if tag == fake.tag("customer"))
        where = random.sample([2, 3], random.randrange(1, 3))
        match random.randrange(4) if rows else 0:
            case 0 | 1:
                fake.customer(f"new {number}", where)
            case 2:
                fake.move("customer", random.choice(rows), where)
            case _:
                fake.remove("customer", random.choice(rows))


@given(st.data(), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_whatever_is_damaged_is_as_it_should_be_after_a_sync(
    data: st.DataObject, random: Random
) -> None:
    """Invariants 5, 8, 10: while the server's rows go on changing, answers are cut, and own work
    waits; what shows changes with a checkpoint only.
    """
    fake = Fake()
    fake.chunk_rows = 7
    fake.buckets[3] = Bucket("business", fake.environment.new_id(), "substitution")
    fake.granted = [1, 2, 3]
    office(fake, random, data.draw(st.integers(0, 90)))
    with TemporaryDirectory() as folder, Device.enrol(folder, fake, "code", "tablet") as device:
        device.sync()
        office(fake, random, data.draw(st.integers(0, 3)))
        if data.draw(st.booleans()):
            with device.changeset() as work:
                work.insert("note", author=device.person, text="own work")
        due_before = held(device)
        for damage in data.draw(st.lists(st.sampled_from(DAMAGES), min_size=1, max_size=4)):
            damage(device._store.database.connection, random)
        found = device.verify()
        before = shown(device)
        wrong = held(device) != due_before
        assert not wrong or not found.sound
        for cut in data.draw(st.lists(st.integers(1, 6), max_size=3)):
            fake.cut = cut
            with suppress(Offline):
                device.sync()
                break
            assert shown(device) == before
            office(fake, random, data.draw(st.integers(0, 3)))
        fake.cut = None
        device.sync()
        assert device.verify().findings == ()
        assert held(device) == due(fake)
        assert all(r.sums for request in fake.requests for r in request.hello.repair), "came whole"
        assert shown(device) == {
            row: values[1]
            for (tag, row), (_, values) in fake.slice().items()
            if tag == fake.tag("customer")
        }


def test_one_differing_row_of_50000_costs_kilobytes(fake: Fake, device: Device) -> None:
    """And only that row's range comes again."""
    fake.chunk_rows = 4_000
    rows = [fake.customer(f"{n:08}") for n in range(50_000)]
    device.sync()
    device._store.database.connection.execute(
        "UPDATE row_customer SET version=version+1, name='wrong' WHERE id=?", (rows[777],)
    )
    assert not device.verify().sound
    report = device.sync()
    assert report.repaired == (1, 2)
    assert report.rows_received < 50_000 / 2 ** (range_bits(50_000) - 1)
    assert report.bytes_sent + report.bytes_received < KILOBYTES * 1_000
    assert shown(device)[rows[777]] == "00000777"
    assert fake.requests[-1].hello.repair[1].bits == range_bits(50_000)


def test_a_wrong_sum_alone_is_put_right_without_the_server(fake: Fake, device: Device) -> None:
    """Invariant 10: the rows agree with the checkpoint, only what was kept of them does not."""
    fake.customer("one")
    device.sync()
    device._store.database.connection.execute("UPDATE bucket SET sum=5, count=9 WHERE id=2")
    fake.customer("two")
    report = device.sync()
    assert (report.rounds, report.repaired) == (1, ())
    fake.customer("three")
    assert device.sync().repaired == ()


def test_a_wrong_total_asks_about_every_bucket(fake: Fake, device: Device) -> None:
    """The server compares: only the one that differs comes again."""
    fake.customer("one")
    fake.put("note", [1], author=fake.person, text="mine")
    device.sync()
    device._store.database.connection.execute("UPDATE row_note SET version=7")
    device._store.database.connection.execute("UPDATE bucket SET sum=5 WHERE id=1")
    assert not device.verify().sound
    report = device.sync()
    assert report.rows_received == 1
    assert held(device) == due(fake)


@pytest.mark.parametrize(("rows", "bits"), [(0, 0), (32, 0), (33, 4), (50_000, 9), (10**9, 12)])
def test_how_finely_a_bucket_is_divided(rows: int, bits: int) -> None:
    assert range_bits(rows) == bits <= MAX_RANGE_BITS


def test_many_buckets_share_the_bound_on_sums(fake: Fake, device: Device) -> None:
    for number in range(3, 503):
        fake.buckets[number] = Bucket("business", fake.environment.new_id(), "hierarchy")
    fake.granted = sorted(fake.buckets)
    for number in fake.granted:
        for _ in range(34 if number < 40 else 1):
            fake.customer("x", [number])
    device.sync()
    db = device._store.database.connection
    counts = dict(db.execute("SELECT id, 2000 FROM bucket"))
    found = asked(db, device._store.layouts, counts)
    assert len(found) == 502
    assert all(len(r.sums) == 2**r.bits for r in found)
    assert MAX_RANGE_SUMS / 2 < sum(len(r.sums) for r in found) <= MAX_RANGE_SUMS
