"""The days of a series, and what one edit does to all that follow. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from modules.masterdata.portal.spans import microseconds, months_later

MAX_SERIES = 104  # appointments planned together: two years of weeks
MAX_EVERY = 52


class Repeat(StrEnum):
    """How a series goes on."""

    WEEK = "week"
    MONTH = "month"


class TooLong(Exception):
    """More than MAX_SERIES."""


def days(first: dt.date, repeat: Repeat, every: int, until: dt.date) -> list[dt.date]:
    """From the first day on, every so many weeks or months, until that day inclusive. By month it
    is the same day of the month, or the last where a month has no such day. TooLong.
    """
    found, number = list[dt.date](), 0
    while True:
        if repeat is Repeat.WEEK:
            day = first + dt.timedelta(weeks=every * number)
        else:
            day = months_later(first, every * number)
        if day > until:
            return found
        if len(found) == MAX_SERIES:
            raise TooLong
        found.append(day)
        number += 1


@dataclass(frozen=True)
class Times:
    """When an appointment begins and ends, in stored form."""

    starts: int
    ends: int | None

    @property
    def length(self) -> int | None:
        """Microseconds."""
        return None if self.ends is None else self.ends - self.starts


def repeated(
    times: Times, day: dt.date,
    local: Callable[[int], dt.datetime], instant: Callable[[dt.datetime], dt.datetime],
) -> Times:  # fmt: skip
    """The same on another day: at the same time by the clock, and as long."""
    shown = local(times.starts).replace(tzinfo=None)
    starts = microseconds(instant(dt.datetime.combine(day, shown.time())))
    return Times(starts, None if times.length is None else starts + times.length)


def followed(
    times: Times, old: Times, new: Times,
    local: Callable[[int], dt.datetime], instant: Callable[[dt.datetime], dt.datetime],
) -> Times:  # fmt: skip
    """What becomes of one that follows when another of its series went from `old` to `new`: as
    many days and hours by the clock later or earlier; as long as the new one, if that is of
    another length than the old one, else as long as before.
    """
    shift = local(new.starts).replace(tzinfo=None) - local(old.starts).replace(tzinfo=None)
    starts = times.starts
    if shift:
        starts = microseconds(instant(local(times.starts).replace(tzinfo=None) + shift))
    length = times.length if new.length == old.length else new.length
    return Times(starts, None if length is None else starts + length)
