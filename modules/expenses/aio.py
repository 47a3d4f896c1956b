"""Trips on a rep's device for asyncio apps: the same work, in threads."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Mapping
from decimal import Decimal

from device_sdk import RowId
from modules.expenses.device import Expenses, Statement
from modules.expenses.rates import Rates

__all__ = ["AsyncExpenses"]


class AsyncExpenses:
    """Around those of a device: `AsyncExpenses(Expenses(device.device))`, of an AsyncDevice."""

    def __init__(self, expenses: Expenses) -> None:
        self.expenses = expenses

    async def begin(self, purpose: str, cost_centre: str | None = None) -> uuid.UUID:
        """As Expenses.begin."""
        return await asyncio.to_thread(self.expenses.begin, purpose, cost_centre)

    async def describe(self, trip: RowId, purpose: str, cost_centre: str | None = None) -> None:
        """As Expenses.describe."""
        await asyncio.to_thread(self.expenses.describe, trip, purpose, cost_centre)

    async def trips(self, limit: int = 50) -> list[Statement]:
        """As Expenses.trips."""
        return await asyncio.to_thread(self.expenses.trips, limit)

    async def statement(self, trip: RowId) -> Statement:
        """As Expenses.statement."""
        return await asyncio.to_thread(self.expenses.statement, trip)

    async def preview(
        self, trip: RowId, part: str, values: Mapping[str, object], row: RowId | None = None
    ) -> Statement:
        """As Expenses.preview."""
        return await asyncio.to_thread(self.expenses.preview, trip, part, values, row)

    async def rates(self) -> Rates:
        """As Expenses.rates."""
        return await asyncio.to_thread(self.expenses.rates)

    async def submit(self, trip: RowId) -> Statement:
        """As Expenses.submit."""
        return await asyncio.to_thread(self.expenses.submit, trip)

    async def discard(self, trip: RowId) -> None:
        """As Expenses.discard."""
        await asyncio.to_thread(self.expenses.discard, trip)

    async def again(self, trip: RowId) -> uuid.UUID:
        """As Expenses.again."""
        return await asyncio.to_thread(self.expenses.again, trip)

    async def add_stage(
        self,
        trip: RowId,
        country: str,
        starts: dt.datetime,
        ends: dt.datetime,
        place: str | None = None,
        awake: bool = False,
        remark: str | None = None,
    ) -> uuid.UUID:
        """As Expenses.add_stage."""
        return await asyncio.to_thread(
            self.expenses.add_stage, trip, country, starts, ends, place, awake, remark
        )

    async def add_meal(
        self, trip: RowId, day: dt.date, meal: str, paid: Decimal | None = None
    ) -> uuid.UUID:
        """As Expenses.add_meal."""
        return await asyncio.to_thread(self.expenses.add_meal, trip, day, meal, paid)

    async def add_drive(
        self,
        trip: RowId,
        day: dt.date,
        vehicle: str,
        kilometres: Decimal,
        route: str | None = None,
    ) -> uuid.UUID:
        """As Expenses.add_drive."""
        return await asyncio.to_thread(
            self.expenses.add_drive, trip, day, vehicle, kilometres, route
        )

    async def add_item(
        self,
        trip: RowId,
        day: dt.date,
        expense_type: RowId,
        gross: Decimal,
        currency: str,
        exchange_rate: Decimal | None = None,
        vat_percent: Decimal | None = None,
        remark: str | None = None,
        cost_centre: str | None = None,
    ) -> uuid.UUID:
        """As Expenses.add_item."""
        return await asyncio.to_thread(
            self.expenses.add_item, trip, day, expense_type, gross, currency, exchange_rate,
            vat_percent, remark, cost_centre,
        )  # fmt: skip

    async def add_receipt(self, item: RowId, file: bytes) -> uuid.UUID:
        """As Expenses.add_receipt."""
        return await asyncio.to_thread(self.expenses.add_receipt, item, file)

    async def change(self, part: str, row: RowId, **values: object) -> None:
        """As Expenses.change."""
        await asyncio.to_thread(self.expenses.change, part, row, **values)

    async def remove(self, part: str, row: RowId) -> None:
        """As Expenses.remove."""
        await asyncio.to_thread(self.expenses.remove, part, row)
