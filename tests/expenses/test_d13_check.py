"""D13: limits, receipts and rates are data, and each day is given for once."""

from __future__ import annotations

import uuid
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from modules.expenses.device import Expenses, NotReady
from modules.expenses.jobs import take_default_rates
from server.importer import import_folder
from syncengine.model.access import Source
from syncengine.model.entity import Action
from syncengine.store.author import Author
from syncengine.store.database import reading
from tests.expenses.scene import MONDAY, Travel, at


def test_d13_limits_and_receipts_are_data_and_checked_on_both_sides(travel: Travel) -> None:
    common: dict[str, Any] = {
        "valid_from": "2026-01-01",
        "currency": "EUR",
        "source": "Policy",
    }
    travel.insert("expense_limit", expense_type=travel.taxi, most=5000, **common)
    travel.insert("expense_limit", receipt_above=1000, **common)
    device, expenses = travel.device("a")
    trip = expenses.begin("Fair")
    item = expenses.add_item(trip, MONDAY, travel.taxi, Decimal("50.01"), "EUR")
    with pytest.raises(NotReady) as refused:
        expenses.submit(trip)
    assert [fault.code for fault in refused.value.faults] == ["item.over_limit", "item.no_receipt"]
    assert "2026-03-02, 50.01 EUR: at most 50.00 EUR." in str(refused.value)
    with device.changeset() as changes:  # an app that does not ask
        changes.update("trip", trip, status="submitted")
    device.sync()
    travel.work()
    device.sync()
    told = expenses.statement(trip)
    assert told.status == "rejected"
    assert told.reason == str(refused.value)
    new = expenses.again(trip)
    (item,) = [row.id for row in device.rows("trip_item", "trip=?", [new.bytes])]
    expenses.change("trip_item", item, gross=Decimal("50.00"))
    expenses.add_receipt(item, device.attachments.attach(BytesIO(b"another")))
    expenses.submit(new)
    device.sync()
    travel.work()
    assert travel.row(new)["status"] == "in_review"


def _day(travel: Travel, expenses: Expenses, starts: str, ends: str) -> uuid.UUID:
    travel.at += 1_000
    trip = expenses.begin(starts)
    expenses.add_stage(trip, "DE", at(f"2026-03-02 {starts}"), at(f"2026-03-02 {ends}"))
    return trip


def test_d13_two_trips_of_a_day_are_given_it_once(travel: Travel) -> None:
    device, expenses = travel.device("a")
    first, second = (
        _day(travel, expenses, "06:00", "15:00"),
        _day(travel, expenses, "16:00", "20:00"),
    )
    for trip in (first, second):
        expenses.submit(trip)
    device.sync()
    assert travel.work() == 2
    assert sorted([travel.row(first)["total"], travel.row(second)["total"]]) == [0, 1400]


def test_d13_and_so_when_two_processes_check_them_at_once(
    travel: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, expenses = travel.device("a")
    first, second = (
        _day(travel, expenses, "06:00", "15:00"),
        _day(travel, expenses, "16:00", "20:00"),
    )
    for trip in (first, second):
        expenses.submit(trip)
    device.sync()
    write, beside = travel.store.write, Travel.beside(travel)

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(travel.store, "write", write)
        kept = '{"currency":"EUR","days":[{"amount":"14.00","day":"2026-03-02"}]}'
        done = travel.operation(
            Action.UPDATE, "trip", second.bytes, status="in_review", currency="EUR", total=1400,
            reckoned=kept,
        )  # fmt: skip
        job = Author(Source.JOB, None, "another process")
        assert beside.store.write(job, [done]).version is not None
        return write(*args, **kwargs)

    monkeypatch.setattr(travel.store, "write", meanwhile)
    travel.work()
    assert travel.row(first)["status"] == "submitted"  # made on what is no longer so
    travel.work()
    assert (travel.row(first)["status"], travel.row(first)["total"]) == ("in_review", 0)
    beside.close()


def test_two_trips_at_the_same_time_are_refused(travel: Travel) -> None:
    device, expenses = travel.device("a")
    expenses.submit(_day(travel, expenses, "06:00", "15:00"))
    with pytest.raises(NotReady) as refused:
        expenses.submit(_day(travel, expenses, "14:59", "20:00"))
    assert [fault.code for fault in refused.value.faults] == ["trip.overlap"]
    assert device.counts()["trip"] == 2


def test_the_default_rates_are_taken_once_and_say_where_they_are_from(travel: Travel) -> None:
    device, _ = travel.device("a")
    (domestic,) = device.rows("per_diem_rate")
    assert (domestic.whole_day, domestic.part_day) == (Decimal("28.00"), Decimal("14.00"))
    assert "secondary sources" in str(domestic.source)
    assert {row.vehicle: row.per_km for row in device.rows("mileage_rate")} == {
        "car": Decimal("0.3000"),
        "other": Decimal("0.2000"),
    }
    travel.update("per_diem_rate", domestic.id.bytes, whole_day=3000)
    assert take_default_rates(travel.store, 1) == 0


def test_rates_are_imported_and_twice_changes_nothing(travel: Travel, tmp_path: Path) -> None:
    (tmp_path / "per_diem_rates.csv").write_text(
        "Country,ValidFrom,ValidUntil,Currency,WholeDay,PartDay,LongerThanMinutes,"
        "BreakfastPercent,LunchPercent,DinnerPercent,Source\n"
        "FR,2026-01-01,,EUR,53.00,36.00,480,20,40,40,BMF letter\n"
        "DE,2027-01-01,,EUR,30.00,15.00,480,20,40,40,BMF letter\n",
        encoding="utf-8",
    )
    (tmp_path / "mileage_rates.csv").write_text(
        "Vehicle,ValidFrom,ValidUntil,Currency,PerKm,Source\ncar,2027-01-01,,EUR,0.38,BMF letter\n",
        encoding="utf-8",
    )
    counts = [[plan.ok for plan in import_folder(travel.store, tmp_path)] for _ in range(2)]
    assert counts == [[True, True], [True, True]]
    device, expenses = travel.device("a")
    assert len(device.rows("per_diem_rate")) == 3
    assert len(device.rows("mileage_rate")) == 3
    trip = expenses.begin("New Year")
    expenses.add_stage(trip, "DE", at("2026-12-31 08:00"), at("2027-01-01 18:00"))
    assert [str(day.amount.amount) for day in expenses.statement(trip).days] == ["14.00", "15.00"]


def test_the_migration_makes_what_is_declared(travel: Travel) -> None:
    """Invariant 24."""
    declared = next(iter(travel.store.tables.values())).metadata
    with reading(travel.store.engine) as connection:
        options = {"include_name": lambda name, kind, _: kind != "table" or name in declared.tables}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, declared) == []
