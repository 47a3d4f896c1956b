"""Which days a page shows, and what a clock on the wall says about an instant. Pure."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
WEEK = 7
EARLIEST, LATEST = dt.date(1900, 2, 1), dt.date(2198, 12, 1)  # days that a page can be about


class View(StrEnum):
    """How much of the calendar."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Span:
    """The days of a page, and the day that it was asked for; a month with the weeks it is in."""

    view: View
    day: dt.date

    @property
    def first(self) -> dt.date:
        """The first day that is shown."""
        if self.view is View.DAY:
            return self.day
        day = self.day.replace(day=1) if self.view is View.MONTH else self.day
        return day - dt.timedelta(days=day.weekday())

    @property
    def days(self) -> list[dt.date]:
        """All that are shown: at most six weeks."""
        number = {View.DAY: 1, View.WEEK: WEEK, View.MONTH: self._weeks * WEEK}[self.view]
        return [self.first + dt.timedelta(days=n) for n in range(number)]

    @property
    def _weeks(self) -> int:
        return len(calendar.Calendar().monthdayscalendar(self.day.year, self.day.month))

    def beside(self, steps: int) -> dt.date:
        """A day of the page before or after this one."""
        if self.view is View.MONTH:
            return months_later(self.day.replace(day=1), steps)
        length = 1 if self.view is View.DAY else WEEK
        return self.day + dt.timedelta(days=steps * length)


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day of another month, or its last one where it has no such day."""
    month = day.year * 12 + day.month - 1 + months
    year, month = divmod(month, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def microseconds(instant: dt.datetime) -> int:
    """An aware instant in stored form."""
    return (instant - EPOCH) // MICROSECOND
