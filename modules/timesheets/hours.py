"""The hours of working days, and what of them is worth a look: pure, the same on device and server.

A working day is what is worked from one start on: work that goes on over midnight counts for the
day on which it began. Durations are what really passes, so that a night in which clocks change has
an hour more or less. The bounds are those of the German Arbeitszeitgesetz (ArbZG); what is beyond
them is told and keeps nobody from anything. docs/TIMESHEETS.md has the rules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from modules.timesheets.spans import (
    NO_TIME,
    ONE_DAY,
    Kind,
    Span,
    Stretch,
    length,
    overlap,
    united,
    utc,
    within,
    without,
)

MINUTE = dt.timedelta(minutes=1)
HOUR = 60 * MINUTE
PART = 15 * MINUTE  # shorter parts are no break: § 4 ArbZG
BREAKS = ((9 * HOUR, 45 * MINUTE), (6 * HOUR, 30 * MINUTE))  # beyond so much work: § 4
UNBROKEN = 6 * HOUR  # the most without a break: § 4
LONGEST = 10 * HOUR  # § 3
USUAL = 8 * HOUR  # on the mean of 24 weeks: § 3
WEEKS = 24
REST = 11 * HOUR  # § 5
SUNDAY = 7
FIRST, LAST = dt.datetime(1, 1, 2, tzinfo=dt.UTC), dt.datetime(9999, 12, 30, tzinfo=dt.UTC)


class Notice(StrEnum):
    """What is worth a look."""

    BREAK_SHORT = "break_short"
    BREAK_LATE = "break_late"  # too long without one
    DAY_LONG = "day_long"
    REST_SHORT = "rest_short"
    SUNDAY = "sunday"
    HOLIDAY = "holiday"
    OVERLAP = "overlap"  # two spans of one kind, or a break during travel or a visit
    GAP = "gap"  # between two spans of work, with no break noted
    OUTSIDE = "outside"  # travel, a break or a visit beyond start and end of work
    MEAN_LONG = "mean_long"  # more than 8 hours a working day in 24 weeks


@dataclass(frozen=True)
class WorkingDay:
    """What a day comes to. starts, ends: in the zone. breaks: noted, within work. travel, visits:
    within work, both part of what is worked.
    """

    day: dt.date
    starts: dt.datetime
    ends: dt.datetime
    worked: dt.timedelta
    breaks: dt.timedelta
    travel: dt.timedelta
    visits: dt.timedelta
    notices: tuple[Notice, ...]

    @property
    def minutes(self) -> int:
        """Whole minutes that are worked; a month is the sum of these."""
        return self.worked // MINUTE


@dataclass(frozen=True)
class _Noted:
    """Everything but work, by kind: as it was recorded, and united."""

    recorded: dict[Kind, list[Stretch]]
    united: dict[Kind, list[Stretch]]

    @classmethod
    def of(cls, spans: Sequence[Span]) -> _Noted:
        recorded = {kind: [s.stretch for s in spans if s.kind is kind] for kind in Kind}
        return cls(recorded, {kind: united(found) for kind, found in recorded.items()})


def reckon(
    spans: Sequence[Span],
    zone: dt.tzinfo,
    before: dt.datetime | None = None,
    holidays: Collection[dt.date] = (),
) -> tuple[WorkingDay, ...]:
    """Each working day, in order. spans: all ended, in any order; those of one kind that overlap
    count once. before: when the work before these ended, for the rest of the first day.
    """
    noted = _Noted.of(spans)
    days: dict[dt.date, list[Stretch]] = {}
    for one in noted.united[Kind.DAY]:
        days.setdefault(one[0].astimezone(zone).date(), []).append(one)
    made, last = [], None if before is None else utc(before)
    for day, work in days.items():
        found = {kind: within(noted.united[kind], work) for kind in Kind}
        hours = without(work, found[Kind.BREAK])
        told = [*_of_law(work, hours), *_of_record(work, noted, _around(days, work))]
        if last is not None and NO_TIME < work[0][0] - last < REST:
            told.append(Notice.REST_SHORT)
        told += _days_of_rest(hours, zone, holidays)
        last = work[-1][1]
        made.append(
            WorkingDay(
                day, work[0][0].astimezone(zone), last.astimezone(zone), length(hours),
                length(found[Kind.BREAK]), length(found[Kind.TRAVEL]), length(found[Kind.VISIT]),
                tuple(one for one in Notice if one in told),
            )
        )  # fmt: skip
    return tuple(made)


def mean(days: Sequence[tuple[dt.date, dt.timedelta]], until: dt.date) -> dt.timedelta:
    """What was worked on the mean of the days from Monday to Saturday of the 24 weeks that end on
    `until`, or since the first of `days` where there are fewer; nothing without days.
    """
    since = until - WEEKS * 7 * ONE_DAY
    counted = [(day, worked) for day, worked in days if since < day <= until]
    if not counted:
        return NO_TIME
    first = min(day for day, _ in counted)
    span = ((first + n * ONE_DAY).isoweekday() for n in range((until - first).days + 1))
    working = max(sum(weekday != SUNDAY for weekday in span), 1)
    return sum((worked for _, worked in counted), NO_TIME) / working


def _of_law(work: Sequence[Stretch], hours: Sequence[Stretch]) -> Iterator[Notice]:
    worked = length(hours)
    pauses = [after[0] - one[1] for one, after in pairwise(hours)]
    rested = sum((pause for pause in pauses if pause >= PART), NO_TIME)
    needed = next((least for bound, least in BREAKS if worked > bound), NO_TIME)
    if rested < needed:
        yield Notice.BREAK_SHORT
    if _unbroken(hours) > UNBROKEN:
        yield Notice.BREAK_LATE
    if worked > LONGEST:
        yield Notice.DAY_LONG


def _unbroken(hours: Sequence[Stretch]) -> dt.timedelta:
    """The longest that is worked without a break that counts."""
    longest = so_far = NO_TIME
    last: dt.datetime | None = None
    for starts, ends in hours:
        if last is not None and starts - last >= PART:
            so_far = NO_TIME
        so_far += ends - starts
        longest, last = max(longest, so_far), ends
    return longest


def _around(days: dict[dt.date, list[Stretch]], work: list[Stretch]) -> Stretch:
    """The time of which this day's notices tell: from its start until the next one's, and for the
    first day from long before.
    """
    starts = sorted(one[0][0] for one in days.values())
    place = starts.index(work[0][0])
    since = starts[place] if place else FIRST
    return since, starts[place + 1] if place + 1 < len(starts) else LAST


def _of_record(work: Sequence[Stretch], noted: _Noted, around: Stretch) -> Iterator[Notice]:
    here = {
        kind: [one for one in found if around[0] <= one[0] < around[1]]
        for kind, found in noted.recorded.items()
    }
    breaks = within(noted.united[Kind.BREAK], [around])
    busy = united([*noted.united[Kind.TRAVEL], *noted.united[Kind.VISIT]])
    if any(overlap(here[kind]) for kind in Kind) or within(busy, breaks):
        yield Notice.OVERLAP
    gaps = [(one[1], after[0]) for one, after in pairwise(work)]
    if without(gaps, breaks):
        yield Notice.GAP
    allowed = united([*work, *gaps])
    if any(without(united(here[k]), allowed) for k in Kind if k is not Kind.DAY):
        yield Notice.OUTSIDE


def _days_of_rest(
    hours: Sequence[Stretch], zone: dt.tzinfo, holidays: Collection[dt.date]
) -> Iterator[Notice]:
    """Sundays and holidays on which something is worked, by the clocks of the zone."""
    touched: set[dt.date] = set()
    for starts, ends in hours:
        day, last = (at.astimezone(zone).date() for at in (starts, ends - dt.datetime.resolution))
        while day <= last:
            touched.add(day)
            day += ONE_DAY
    if any(day.isoweekday() == SUNDAY for day in touched):
        yield Notice.SUNDAY
    if touched & set(holidays):
        yield Notice.HOLIDAY
