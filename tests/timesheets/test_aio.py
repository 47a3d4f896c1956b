"""D14: the facade for asyncio apps, from the first tap to the month that is submitted."""

from __future__ import annotations

from device_sdk import AsyncDevice
from modules.timesheets.aio import AsyncTimesheets
from modules.timesheets.device import Timesheets
from modules.timesheets.spans import Kind
from tests.support.loops import run
from tests.timesheets.scene import MARCH, Clocked, at


def test_a_day_of_an_asyncio_app(clocked: Clocked) -> None:
    device = AsyncDevice(clocked.enrol("a"))
    timesheets = AsyncTimesheets(Timesheets(device.device))

    async def day() -> None:
        await device.sync()
        await timesheets.start_day()
        await timesheets.start_travel()
        clocked.later(60)
        await timesheets.end_travel()
        await timesheets.start_break()
        clocked.later(30)
        await timesheets.end_break()
        assert (await timesheets.today()).doing is Kind.DAY
        await timesheets.end_day()
        span = await timesheets.add(Kind.DAY, at("2026-03-03 08:00"), at("2026-03-03 09:00"))
        await timesheets.change(span, ends_at=at("2026-03-03 10:00"))
        await timesheets.remove(await timesheets.add(
            Kind.BREAK, at("2026-03-03 08:00"), at("2026-03-03 09:00")
        ))  # fmt: skip
        assert (await timesheets.month(MARCH)).minutes == 180
        (sheet,) = (await timesheets.submit(MARCH)).sheets
        await device.sync()
        clocked.work()
        assert clocked.step(None, sheet.id, "rejected", reason="no").version is not None
        await device.sync()
        await timesheets.again(sheet.id)
        assert (await timesheets.month(MARCH)).minutes == 180

    run(day())
