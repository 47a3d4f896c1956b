"""A month of a rep: its sheets, its days, and what keeps it from being submitted."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from modules.timesheets.device.reading import Reading
from modules.timesheets.hours import MINUTE, Notice, WorkingDay
from modules.timesheets.sheet import Fault, Row, check, sentence, zone_of


class NotReady(ValueError):
    """The month cannot be submitted. faults: all reasons."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(sentence(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Sheet:
    """One sheet. days: as this device reckons them until the server has; then what that kept.
    minutes: worked, with the office's corrections. reason: why it was rejected.
    """

    id: uuid.UUID
    status: str
    reason: str
    replaces: uuid.UUID | None
    days: tuple[WorkingDay, ...]
    minutes: int
    corrections: tuple[tuple[dt.date, int, str], ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Month:
    """Usually one sheet; more where two devices began one each, or something was added after the
    first was submitted. minutes: of all sheets that were not rejected.
    """

    month: dt.date
    sheets: tuple[Sheet, ...]

    @property
    def minutes(self) -> int:
        """Worked, in all sheets that count."""
        return sum(one.minutes for one in self.sheets if one.status != "rejected")

    @property
    def days(self) -> tuple[WorkingDay, ...]:
        """Those of all sheets that count, in order."""
        every = [day for one in self.sheets if one.status != "rejected" for day in one.days]
        return tuple(sorted(every, key=lambda day: day.starts))

    @property
    def recorded(self) -> tuple[Sheet, ...]:
        """What can be submitted."""
        return tuple(one for one in self.sheets if one.status == "recorded")

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What keeps it from that."""
        return tuple(fault for one in self.recorded for fault in one.faults)


def month_of(reading: Reading, month: dt.date) -> Month:
    """As it stands now."""
    first = month.replace(day=1)
    return Month(first, tuple(_sheet(reading, row) for row in reading.sheets(first)))


def _sheet(reading: Reading, row: Row) -> Sheet:
    faults: tuple[Fault, ...] = ()
    days = _kept(reading, row)
    if not days and row["status"] != "rejected":
        checked = check(row, reading.spans(row["id"]), reading.beside(row))
        days, faults = checked.days, checked.faults
    corrections = tuple(
        (cast(dt.date, one["day"]), cast(int, one["minutes"]), str(one["reason"]))
        for one in reading.rows(
            "timesheet_correction", "timesheet=? ORDER BY id", [row["id"].bytes]
        )
    )
    minutes = sum(day.minutes for day in days) + sum(number for _, number, _ in corrections)
    return Sheet(
        row["id"], row["status"], row["reason"] or "", row["replaces"], days, minutes, corrections,
        faults if row["status"] == "recorded" else (),
    )  # fmt: skip


def _kept(reading: Reading, sheet: Row) -> tuple[WorkingDay, ...]:
    """What the server reckoned."""
    zone = zone_of(sheet["zone"]) or dt.UTC
    rows = reading.rows("timesheet_day", "timesheet=? ORDER BY day", [sheet["id"].bytes])
    return tuple(
        WorkingDay(
            row["day"], row["starts_at"].astimezone(zone), row["ends_at"].astimezone(zone),
            row["worked"] * MINUTE, row["breaks"] * MINUTE, row["travel"] * MINUTE,
            row["visits"] * MINUTE,
            tuple(Notice(word) for word in (row["notices"] or "").split() if word in set(Notice)),
        )
        for row in rows
    )  # fmt: skip
