"""Visit reports on a rep's device for asyncio apps: the same work, in threads."""

from __future__ import annotations

import asyncio
import uuid

from device_sdk import RowId
from modules.visit_reports.device import Applying, Filling, Reports, Visit
from modules.visit_reports.device.reports import Location

__all__ = ["AsyncReports"]


class AsyncReports:
    """Around those of a device: `AsyncReports(Reports(device.device))`, of an AsyncDevice."""

    def __init__(self, reports: Reports) -> None:
        self.reports = reports

    async def notes_places(self) -> bool:
        """As Reports.notes_places."""
        return await asyncio.to_thread(self.reports.notes_places)

    async def check_in(
        self,
        customer: RowId,
        appointment: RowId | None = None,
        location: Location | None = None,
    ) -> Visit:
        """As Reports.check_in."""
        return await asyncio.to_thread(self.reports.check_in, customer, appointment, location)

    async def check_out(self, visit: RowId) -> None:
        """As Reports.check_out."""
        await asyncio.to_thread(self.reports.check_out, visit)

    async def visit(self, visit: RowId) -> Visit:
        """As Reports.visit."""
        return await asyncio.to_thread(self.reports.visit, visit)

    async def applying(self, customer: RowId) -> list[Applying]:
        """As Reports.applying."""
        return await asyncio.to_thread(self.reports.applying, customer)

    async def start(self, visit: RowId, template: RowId) -> Filling:
        """As Reports.start."""
        return await asyncio.to_thread(self.reports.start, visit, template)

    async def open_reports(self, customer: RowId | None = None) -> list[Filling]:
        """As Reports.open_reports."""
        return await asyncio.to_thread(self.reports.open_reports, customer)

    async def filling(self, report: RowId) -> Filling:
        """As Reports.filling."""
        return await asyncio.to_thread(self.reports.filling, report)

    async def resume(self, report: RowId) -> Filling:
        """As Reports.resume."""
        return await asyncio.to_thread(self.reports.resume, report)

    async def answer(
        self, report: RowId, question: str, value: object, article: uuid.UUID | None = None
    ) -> Filling:
        """As Reports.answer."""
        return await asyncio.to_thread(self.reports.answer, report, question, value, article)

    async def add_photo(
        self, report: RowId, question: str, photo: bytes, article: uuid.UUID | None = None
    ) -> Filling:
        """As Reports.add_photo."""
        return await asyncio.to_thread(self.reports.add_photo, report, question, photo, article)

    async def remove_photo(self, report: RowId, answer: RowId) -> Filling:
        """As Reports.remove_photo."""
        return await asyncio.to_thread(self.reports.remove_photo, report, answer)

    async def complete(self, report: RowId) -> Filling:
        """As Reports.complete."""
        return await asyncio.to_thread(self.reports.complete, report)

    async def confirm(self, report: RowId) -> None:
        """As Reports.confirm."""
        await asyncio.to_thread(self.reports.confirm, report)
