"""Months of reps who record their time, for pictures."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from device_sdk import Device
from modules.timesheets.device import Timesheets
from modules.timesheets.jobs import take_up
from modules.timesheets.spans import Kind
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.listing import Wanted
from syncengine.store.store import Store

ALL = Rights(administers=True)
PLACE = "/portal/timesheets"
BERLIN = ZoneInfo("Europe/Berlin")
REPS = ("275", "276")
DAYS = (  # start, end, break of half an hour at noon, travel until
    ("07:30", "16:30", True, "08:45"),
    ("07:45", "19:15", True, "09:00"),
    ("06:00", "15:00", True, ""),
    ("08:00", "15:10", False, "08:40"),
    ("08:00", "12:00", False, ""),
)


def last_month(today: dt.date) -> dt.date:
    """The first day of the month before."""
    return (today.replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def record(device: Device, month: dt.date) -> Timesheets:
    """A working week from its first Monday on, with something worth a look."""
    timesheets = Timesheets(device)
    monday = month + dt.timedelta(days=-month.weekday() % 7)
    for place, (begins, ends, rests, travels) in enumerate(DAYS):
        day = monday + dt.timedelta(days=place)

        def at(clock: str, day: dt.date = day) -> dt.datetime:
            return dt.datetime.combine(day, dt.time.fromisoformat(clock), BERLIN)

        timesheets.add(Kind.DAY, at(begins), at(ends))
        if rests:
            timesheets.add(Kind.BREAK, at("12:00"), at("12:30"))
        if travels:
            timesheets.add(Kind.TRAVEL, at(begins), at(travels))
    return timesheets


def record_time(store: Store, device: Device, number: str) -> None:
    """Two reps hand in last month; the server checks it."""
    if number not in REPS:
        return
    month = last_month(dt.datetime.now(BERLIN).date())
    record(device, month).submit(month)
    device.sync()
    take_up(store, 10)


def timesheets_paths(store: Store) -> dict[str, str]:
    """Page -> its address."""
    rows, _ = listing.page(store, ALL, Wanted("timesheet"), 1, None)
    return {
        "timesheets": f"{PLACE}/sheets",
        "timesheets-none": f"{PLACE}/sheets?status=rejected",
        "timesheet": f"{PLACE}/sheets/{to_text(rows[0].id)}",
        "timesheets-switch": f"{PLACE}/evaluation",
    }
