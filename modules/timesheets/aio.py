"""Working time on a rep's device for asyncio apps: the same work, in threads."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid

from device_sdk import RowId
from modules.timesheets.device import Month, Timesheets, Today
from modules.timesheets.spans import Kind

__all__ = ["AsyncTimesheets"]


class AsyncTimesheets:
    """Around those of a device: `AsyncTimesheets(Timesheets(device.device))`, of an AsyncDevice."""

    def __init__(self, timesheets: Timesheets) -> None:
        self.timesheets = timesheets

    async def today(self) -> Today:
        """As Timesheets.today."""
        return await asyncio.to_thread(self.timesheets.today)

    async def start_day(self) -> None:
        """As Timesheets.start_day."""
        await asyncio.to_thread(self.timesheets.start_day)

    async def start_travel(self) -> None:
        """As Timesheets.start_travel."""
        await asyncio.to_thread(self.timesheets.start_travel)

    async def end_travel(self) -> None:
        """As Timesheets.end_travel."""
        await asyncio.to_thread(self.timesheets.end_travel)

    async def start_break(self) -> None:
        """As Timesheets.start_break."""
        await asyncio.to_thread(self.timesheets.start_break)

    async def end_break(self) -> None:
        """As Timesheets.end_break."""
        await asyncio.to_thread(self.timesheets.end_break)

    async def end_day(self) -> None:
        """As Timesheets.end_day."""
        await asyncio.to_thread(self.timesheets.end_day)

    async def add(
        self, kind: Kind, starts: dt.datetime, ends: dt.datetime, remark: str | None = None
    ) -> uuid.UUID:
        """As Timesheets.add."""
        return await asyncio.to_thread(self.timesheets.add, kind, starts, ends, remark)

    async def change(self, span: RowId, **values: object) -> None:
        """As Timesheets.change."""
        await asyncio.to_thread(self.timesheets.change, span, **values)

    async def remove(self, span: RowId) -> None:
        """As Timesheets.remove."""
        await asyncio.to_thread(self.timesheets.remove, span)

    async def month(self, month: dt.date) -> Month:
        """As Timesheets.month."""
        return await asyncio.to_thread(self.timesheets.month, month)

    async def submit(self, month: dt.date) -> Month:
        """As Timesheets.submit."""
        return await asyncio.to_thread(self.timesheets.submit, month)

    async def again(self, sheet: RowId) -> uuid.UUID:
        """As Timesheets.again."""
        return await asyncio.to_thread(self.timesheets.again, sheet)
