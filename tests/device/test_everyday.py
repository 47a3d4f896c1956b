"""What an app does all day."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from decimal import Decimal

import pytest

from device_sdk.draft import Draft
from device_sdk.errors import ReadOnly, Refused
from syncengine.model.errors import InvalidValue
from tests.support.world import World


def test_a_device_holds_its_slice_and_not_one_row_more(world: World) -> None:
    """D3, invariants 5 and 7."""
    mine = world.customer("a", "1", annual_sales=1234567, latitude=47_070_714)
    world.customer("b", "2")
    with world.enrol("a") as device:
        device.sync()
        (row,) = device.rows("customer")
        assert row.id == uuid.UUID(bytes=mine)
        assert row.annual_sales == Decimal("12345.67")
        assert row["latitude"] == Decimal("47.070714")
        assert row.active is True
        assert device.counts()["employee"] == 3


def test_own_edits_show_at_once_and_reach_the_other_device(world: World) -> None:
    customer = uuid.UUID(bytes=world.customer("a", "1"))
    with world.enrol("a") as device, world.enrol("boss") as manager:
        device.sync()
        manager.sync()
        starts = dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC)
        with device.changeset() as changes:
            changes.update("customer", customer, phone="123")
            visit = changes.insert(
                "appointment", customer=customer, employee=device.person, subject="Visit",
                starts_at=starts, active=True,
            )  # fmt: skip
        found = device.get("customer", customer)
        assert found is not None
        assert found.phone == "123"
        assert device.pending() == 1
        report = device.sync()
        assert report.verdicts == {"accepted": 1}
        manager.sync()
        seen = manager.get("appointment", visit)
        assert seen is not None
        assert seen.starts_at == starts


def test_a_sync_without_changes_says_so_in_a_few_bytes(world: World) -> None:
    world.customers("a", 200)
    with world.enrol("a") as device:
        device.sync()
        report = device.sync()
        assert (report.rows_received, report.rows_left) == (0, 0)
        assert report.bytes_received < 100


def test_a_block_that_raises_writes_nothing(world: World) -> None:
    with world.enrol("a") as device:
        device.sync()
        with pytest.raises(ZeroDivisionError), device.changeset() as changes:
            _insert_and_fail(changes, device.person)
        assert device.pending() == 0
        assert device.rows("note") == []


def _insert_and_fail(changes: Draft, author: uuid.UUID) -> None:
    changes.insert("note", author=author, text="never")
    raise ZeroDivisionError


def test_wrong_values_and_refused_writes_name_the_field(world: World) -> None:
    customer = uuid.UUID(bytes=world.customer("a", "1"))
    with world.enrol("a") as device:
        device.sync()
        with pytest.raises(InvalidValue, match="text"), device.changeset() as changes:
            changes.insert("note", author=device.person, text=7)
        with pytest.raises(Refused) as refused, device.changeset() as changes:
            changes.update("customer", customer, number="2")
        assert refused.value.data["reason"] == "field.denied"
        with pytest.raises(Refused) as refused, device.changeset() as changes:
            changes.update("customer", uuid.uuid4(), phone="1")
        assert refused.value.data["reason"] == "row.unknown"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT body FROM outbox",
        "SELECT value FROM meta",
        "SELECT * FROM row_customer",
        "SELECT * FROM sqlite_master",
        "DELETE FROM customer",
        "PRAGMA key='x'",
        "ATTACH 'x' AS y",
        "CREATE TABLE x(a)",
    ],
)
def test_queries_read_the_views_and_nothing_else(world: World, sql: str) -> None:
    with world.enrol("a") as device, pytest.raises(ReadOnly):
        device.query(sql)


def test_a_watched_query_calls_back_when_its_result_changes(world: World) -> None:
    customer = uuid.UUID(bytes=world.customer("a", "1"))
    seen: list[object] = []
    with world.enrol("a") as device:
        watch = device.watch("SELECT phone FROM customer", seen.append)
        device.sync()
        device.sync()
        with device.changeset() as changes:
            changes.update("customer", customer, phone="1")
        watch.stop()
        with device.changeset() as changes:
            changes.update("customer", customer, phone="2")
    assert seen == [[], [(None,)], [("1",)]]


def test_one_device_serves_several_threads(world: World) -> None:
    """Thread-safety as stated: writers and readers at once, nothing lost."""
    world.customers("a", 50)
    with world.enrol("a") as device:
        device.sync()
        failures: list[BaseException] = []

        def work(number: int) -> None:
            try:
                for turn in range(5):
                    with device.changeset() as changes:
                        changes.insert("note", author=device.person, text=f"{number}/{turn}")
                    assert len(device.rows("customer")) == 50
                    device.sync()
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        device.sync()
        assert len(device.rows("note")) == 20
        assert device.pending() == 0
