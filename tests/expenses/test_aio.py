"""D13: the facade for asyncio apps, from the draft until it is submitted."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

import pytest

from device_sdk import AsyncDevice
from modules.expenses.aio import AsyncExpenses
from modules.expenses.device import NEW, Expenses, NoTrip
from tests.expenses.scene import MONDAY, Travel, at
from tests.expenses.written import euros
from tests.support.loops import run


def test_a_trip_of_an_asyncio_app(travel: Travel) -> None:
    device = AsyncDevice(travel.enrol("a"))
    expenses = AsyncExpenses(Expenses(device.device))

    async def day() -> None:
        await device.sync()
        trip = await expenses.begin("Fair")
        await expenses.describe(trip, "Fair in Cologne", "4711")
        stage = await expenses.add_stage(
            trip, "DE", at("2026-03-02 07:00"), at("2026-03-02 12:00"), "Cologne", remark="By car"
        )
        assert (await expenses.statement(trip)).total == euros("0")
        await expenses.change("trip_stage", stage, ends_at=at("2026-03-02 18:00"))
        meal = await expenses.add_meal(trip, MONDAY, "lunch")
        assert (await expenses.statement(trip)).total == euros("2.80")
        await expenses.remove("trip_meal", meal)
        await expenses.add_drive(trip, MONDAY, "car", Decimal(10), "home")
        item = await expenses.add_item(
            trip, MONDAY, travel.taxi, Decimal("23.80"), "EUR", cost_centre="12"
        )
        file = device.device.attachments.attach(BytesIO(b"a receipt"))
        await expenses.add_receipt(item, file)
        assert (await expenses.rates()).mileage("car", MONDAY) is not None
        (told,) = await expenses.trips()
        assert told.total == euros("40.80")
        assert (told.purpose, told.written.trip["cost_centre"]) == ("Fair in Cologne", "4711")
        assert (await expenses.submit(trip)).status == "submitted"
        with pytest.raises(NoTrip):
            await expenses.again(trip)
        with pytest.raises(NoTrip):
            await expenses.discard(trip)

    run(day())


def test_a_part_is_reckoned_before_it_is_kept(travel: Travel) -> None:
    device = AsyncDevice(travel.enrol("a"))
    expenses = AsyncExpenses(Expenses(device.device))

    async def day() -> None:
        await device.sync()
        trip = await expenses.begin("Fair")
        drive = await expenses.add_drive(trip, MONDAY, "car", Decimal(10))
        before = await expenses.statement(trip)
        longer = await expenses.preview(trip, "trip_drive", {"kilometres": Decimal(20)}, drive)
        assert longer.total == euros("6.00")
        more = {"day": MONDAY, "vehicle": "car", "kilometres": Decimal(0)}
        told = await expenses.preview(trip, "trip_drive", more)
        assert [(one.code, one.row) for one in told.faults] == [("drive.kilometres", NEW)]
        assert await expenses.statement(trip) == before
        await expenses.submit(trip)
        with pytest.raises(NoTrip):
            await expenses.preview(trip, "trip_drive", more)

    run(day())
