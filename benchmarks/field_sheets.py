"""Working time of a field force, for the portal's pages: months that were approved, that are under
review, and that were just handed in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from benchmarks.data import operation
from benchmarks.field_devices import Devices
from benchmarks.figures import say
from benchmarks.office import Office
from modules.timesheets.jobs import AT_ONCE, take_up
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored, Timestamp
from syncengine.store.named import operation as named

MONTHS = tuple(dt.date(2025, month, 1) for month in (5, 6, 7, 8, 9))  # a sheet each
APPROVED = 3  # of these; the last one was just handed in
HANDING_IN = 20  # one rep in so many has just handed in the last one; the check takes it up soon
DAYS = 10  # of a sheet, each with a break
ZONE = "Europe/Berlin"
TELL_EVERY = 1_000


def add_sheets(office: Office, devices: Devices) -> None:
    """Handed in by the reps, checked by the job, and decided by the office."""
    reps = office.generator.owners
    sheets = _handed_in(office, devices, reps, MONTHS[:-1])
    written = 0
    while some := take_up(office.store, AT_ONCE):
        written += some
        say(f"  {written:,} rows of days written by the check")
    office.insert_all([
        _step(office, row, "approved")
        for of_rep in sheets for row in of_rep[:APPROVED]
    ])  # fmt: skip
    _handed_in(office, devices, reps[::HANDING_IN], MONTHS[-1:])


def _handed_in(
    office: Office, devices: Devices, reps: Sequence[bytes], months: Sequence[dt.date]
) -> list[list[bytes]]:
    """The sheets of each rep."""
    made = []
    for rep in reps:
        mine = [devices.new_id(rep) for _ in months]
        recorded = [
            one for row, month in zip(mine, months, strict=True)
            for one in _sheet(devices, rep, row, month)
        ]  # fmt: skip
        devices.hand_in(rep, recorded, [_step(office, row, "submitted") for row in mine])
        made.append(mine)
        if len(made) * len(months) % TELL_EVERY == 0:
            say(f"  {len(made) * len(months):,} sheets handed in")
    return made


def _sheet(devices: Devices, rep: bytes, sheet: bytes, month: dt.date) -> list[Operation]:
    """From eight to five, with half an hour at noon."""
    fields: dict[str, Stored] = {
        "employee": rep, "month": month.isoformat(), "zone": ZONE, "status": "recorded",
    }  # fmt: skip
    made = [operation("timesheet", sheet, fields)]
    for day in range(DAYS):
        on = month + dt.timedelta(days=day)
        for kind, since, until in (("day", "08:00", "17:00"), ("break", "12:00", "12:30")):
            made.append(operation("time_span", devices.new_id(rep), {
                "timesheet": sheet, "kind": kind, "starts_at": _at(on, since),
                "ends_at": _at(on, until),
            }))  # fmt: skip
    return made


def _at(day: dt.date, clock: str) -> Stored:
    local = dt.datetime.combine(day, dt.time.fromisoformat(clock), ZoneInfo(ZONE))
    return Timestamp().store(local)


def _step(office: Office, sheet: bytes, status: str) -> Operation:
    return named(office.store.schema, Action.UPDATE, "timesheet", sheet, {"status": status})
