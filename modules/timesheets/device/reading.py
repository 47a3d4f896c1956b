"""Sheets, spans and visits, read of what is on the device."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import cast
from zoneinfo import ZoneInfo

from device_sdk import Device, RowId
from modules.timesheets.hours import MINUTE
from modules.timesheets.sheet import (
    DEFAULT_ZONE,
    MAX_SPANS,
    Beside,
    Row,
    Worked,
    following,
    zone_of,
)
from modules.timesheets.spans import ONE_DAY
from syncengine.model.fields import Date, Stored, Timestamp

COUNTED = "('submitted','in_review','approved')"
MOST_SHEETS = 20  # of a month
MOST_VISITS = 2_000  # of a month
NEAR = 2 * ONE_DAY


class NoSheet(LookupError):
    """There is no such sheet on this device, or it is in another state."""


class NoSpan(LookupError):
    """There is no such span in a sheet that is recorded, or nothing of the kind goes on."""


class Reading:
    """Of one device."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def now(self) -> dt.datetime:
        """By the device's clock, in the installation's zone."""
        ((now,),) = self._device.query("SELECT device_time()")
        return Timestamp().load(int(cast(int, now))).astimezone(self.zone())

    def zone(self) -> ZoneInfo:
        """Whose midnights count for new sheets."""
        rows = self._device.rows("timesheet_setting", "zone IS NOT NULL ORDER BY id LIMIT 1")
        wanted = zone_of(str(rows[0]["zone"])) if rows else None
        return wanted or ZoneInfo(DEFAULT_ZONE)

    def sheets(self, month: dt.date) -> list[Row]:
        """Of a month, in the order in which they were made."""
        return self.rows("timesheet", "month=? ORDER BY id LIMIT ?", [_day(month), MOST_SHEETS])

    def sheet(self, sheet: RowId) -> Row:
        """One; NoSheet."""
        row = self._device.get("timesheet", sheet)
        if row is None:
            raise NoSheet(str(sheet))
        return {**row, "id": row.id}

    def spans(self, sheet: uuid.UUID) -> list[Row]:
        """Of a sheet, as they begin; a few more than there may be."""
        return self.rows(
            "time_span", "timesheet=? ORDER BY starts_at, id LIMIT ?", [sheet.bytes, 2 * MAX_SPANS]
        )

    def open_spans(self) -> list[Row]:
        """What goes on, the last to begin first."""
        return self.rows(
            "time_span",
            "ends_at IS NULL AND timesheet IN (SELECT id FROM timesheet WHERE status='recorded')"
            " ORDER BY starts_at DESC, id DESC LIMIT ?",
            [MAX_SPANS],
        )

    def span(self, span: RowId) -> Row:
        """One of a sheet that is recorded; NoSpan."""
        row = self._device.get("time_span", span)
        if row is None:
            raise NoSpan(str(span))
        sheet = self._device.get("timesheet", cast(uuid.UUID, row["timesheet"]))
        if sheet is None or sheet["status"] != "recorded":
            raise NoSpan(str(span))
        return {**row, "id": row.id}

    def visits(self, since: dt.datetime, until: dt.datetime) -> list[Row]:
        """This person's that are on the device and began then; none without that module."""
        if "visit" not in self._device.schema.entities:
            return []
        return self.rows(
            "visit",
            "employee=? AND checked_in_at>=? AND checked_in_at<? ORDER BY checked_in_at LIMIT ?",
            [self._device.person.bytes, _at(since), _at(until), MOST_VISITS],
        )

    def beside(self, sheet: Row) -> Beside:
        """What a sheet is reckoned with."""
        month, of = sheet["month"], sheet["id"].bytes
        begins = dt.datetime.combine(month, dt.time(), dt.UTC)
        ends = dt.datetime.combine(following(month), dt.time(), dt.UTC)
        others = self.rows(
            "time_span",
            "timesheet<>? AND starts_at>=? AND starts_at<? AND timesheet IN"
            f" (SELECT id FROM timesheet WHERE status IN {COUNTED}) ORDER BY id LIMIT ?",
            [of, _at(begins - NEAR), _at(ends + NEAR), 2 * MAX_SPANS],
        )
        return Beside(self.visits(begins - NEAR, ends + NEAR), others, self._earlier(month))

    def _earlier(self, month: dt.date) -> list[Worked]:
        """What was worked on days before, of sheets that the server has reckoned."""
        rows = self._device.rows(
            "timesheet_day",
            f"day<? AND timesheet IN (SELECT id FROM timesheet WHERE status IN {COUNTED})"
            " ORDER BY day DESC LIMIT ?",
            [_day(month), MAX_SPANS],
        )
        return [(cast(dt.date, r["day"]), cast(int, r["worked"]) * MINUTE) for r in rows]

    def rows(self, entity: str, where: str, named: list[Stored]) -> list[Row]:
        """With their ids."""
        found = self._device.rows(entity, where, named)
        return [{**row, "id": row.id} for row in found]


def _at(at: dt.datetime) -> Stored:
    return Timestamp().store(at)


def _day(day: dt.date) -> Stored:
    return Date().store(day)
