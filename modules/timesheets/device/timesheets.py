"""What a rep does with their working time."""

from __future__ import annotations

import datetime as dt
import uuid

from device_sdk import Device, Draft, RowId
from modules.timesheets.device.months import Month, NotReady, month_of
from modules.timesheets.device.reading import NoSheet, NoSpan, Reading
from modules.timesheets.device.today import Today, today
from modules.timesheets.spans import Kind


class Timesheets:
    """Those of one device's person."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._reading = Reading(device)

    # -- one tap

    def today(self) -> Today:
        """The day that goes on."""
        return today(self._reading)

    def start_day(self) -> None:
        """Work begins now; nothing where it goes on already."""
        self._begin(Kind.DAY)

    def start_travel(self) -> None:
        """Travel begins now, a break ends; the day begins where it has not."""
        self._begin(Kind.TRAVEL)

    def end_travel(self) -> None:
        """NoSpan where there is none."""
        self._end(Kind.TRAVEL)

    def start_break(self) -> None:
        """A break begins now, travel ends; NoSpan where the day has not begun."""
        if self.today().doing is None:
            raise NoSpan(Kind.DAY)
        self._begin(Kind.BREAK)

    def end_break(self) -> None:
        """NoSpan where there is none."""
        self._end(Kind.BREAK)

    def end_day(self) -> None:
        """Work ends now, with what goes on; NoSpan where the day has not begun."""
        self._end(Kind.DAY)

    # -- by hand, while it is recorded

    def add(
        self, kind: Kind, starts: dt.datetime, ends: dt.datetime, remark: str | None = None
    ) -> uuid.UUID:
        """Something that was not tapped, in the sheet of its month. ValueError: a visit, which
        comes from its check-in, or an instant without a zone.
        """
        if kind is Kind.VISIT or starts.tzinfo is None or ends.tzinfo is None:
            raise ValueError("a day, travel or a break, from and until an instant with its zone")
        with self._device.changeset() as changes:
            sheet = self._recorded(changes, starts.astimezone(self._reading.zone()))
            return changes.insert(
                "time_span", timesheet=sheet, kind=str(kind), starts_at=starts, ends_at=ends,
                remark=remark,
            )  # fmt: skip

    def change(self, span: RowId, **values: object) -> None:
        """Fields of a span, by the names of its entity; NoSpan."""
        row = self._reading.span(span)
        with self._device.changeset() as changes:
            changes.update("time_span", row["id"], **values)

    def remove(self, span: RowId) -> None:
        """Take a span out; NoSpan."""
        row = self._reading.span(span)
        with self._device.changeset() as changes:
            changes.delete("time_span", row["id"])

    # -- the month

    def month(self, month: dt.date) -> Month:
        """Its sheets and days; `month` is any day of it."""
        return month_of(self._reading, month)

    def submit(self, month: dt.date) -> Month:
        """Hand in what is recorded of a month: it does not change from then on. NotReady; NoSheet
        where nothing is recorded.
        """
        standing = self.month(month)
        if not standing.recorded:
            raise NoSheet(str(month))
        if standing.faults:
            raise NotReady(standing.faults)
        with self._device.changeset() as changes:
            for sheet in standing.recorded:
                changes.update("timesheet", sheet.id, status="submitted")
        return self.month(month)

    def again(self, sheet: RowId) -> uuid.UUID:
        """A new sheet of one that was rejected, with all its spans, linked to it; the one that was
        made of it already, if there is one. NoSheet.
        """
        old = self._reading.sheet(sheet)
        if old["status"] != "rejected":
            raise NoSheet(str(sheet))
        for other in self._reading.sheets(old["month"]):
            if other["replaces"] == old["id"]:
                there: uuid.UUID = other["id"]
                return there
        with self._device.changeset() as changes:
            made = self._new(changes, old["month"], old["zone"], old["id"])
            for row in self._reading.spans(old["id"]):
                changes.insert(
                    "time_span", timesheet=made, kind=row["kind"], starts_at=row["starts_at"],
                    ends_at=row["ends_at"], remark=row["remark"],
                )  # fmt: skip
        return made

    # -- inside

    def _begin(self, kind: Kind) -> None:
        now, standing = self._reading.now(), self.today()
        if standing.doing is kind or (kind is Kind.DAY and standing.doing is not None):
            return
        with self._device.changeset() as changes:
            for entry in standing.entries:
                if entry.ends is None and entry.kind in (Kind.TRAVEL, Kind.BREAK):
                    changes.update("time_span", entry.id, ends_at=max(now, entry.starts))
            sheet = self._recorded(changes, now)
            for one in {Kind.DAY: None, kind: None} if standing.doing is None else (kind,):
                changes.insert("time_span", timesheet=sheet, kind=str(one), starts_at=now)

    def _end(self, kind: Kind) -> None:
        """What goes on of that kind; with the day, everything."""
        now, entries = self._reading.now(), self.today().entries
        going = [one for one in entries if one.ends is None and one.kind is not Kind.VISIT]
        ended = [one for one in going if kind in (Kind.DAY, one.kind)]
        if not any(one.kind is kind for one in ended):
            raise NoSpan(kind)
        with self._device.changeset() as changes:
            for one in ended:
                changes.update("time_span", one.id, ends_at=max(now, one.starts))

    def _recorded(self, changes: Draft, starts: dt.datetime) -> uuid.UUID:
        """The sheet for what begins then, the first that is recorded; a new one where none is."""
        month, zone = starts.date().replace(day=1), self._reading.zone()
        sheets = (one for one in self._reading.sheets(month) if one["status"] == "recorded")
        found = next(sheets, None)
        return found["id"] if found is not None else self._new(changes, month, zone.key)

    def _new(
        self, changes: Draft, month: dt.date, zone: str, replaces: uuid.UUID | None = None
    ) -> uuid.UUID:
        return changes.insert(
            "timesheet", employee=self._device.person, month=month, zone=zone, status="recorded",
            replaces=replaces,
        )  # fmt: skip
