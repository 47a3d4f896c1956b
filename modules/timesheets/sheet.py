"""A sheet's rows, reckoned and checked: pure, on the device with a reason for each fault, and on
the server again.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from modules.timesheets.hours import USUAL, Notice, WorkingDay, mean, reckon
from modules.timesheets.spans import ONE_DAY, Kind, Span, utc, within

Row = Mapping[str, Any]  # the values of a row as programs use them, by field, with its `id`
Worked = tuple[dt.date, dt.timedelta]

MAX_SPANS = 600  # of a sheet
MAX_SHOWN = 5  # faults in a sentence
DEFAULT_ZONE = "Europe/Berlin"


@dataclass(frozen=True)
class Fault:
    """What keeps a sheet from being submitted: a stable code and a sentence. row: the span that it
    is about. TIMESHEETS.md has the codes.
    """

    code: str
    detail: str
    row: uuid.UUID | None = None


@dataclass(frozen=True)
class Beside:
    """What a sheet is reckoned with. visits: rows of `visit`, of this person. others: spans of this
    person's other sheets that were submitted and may be near. earlier: what was worked on days of
    the weeks before.
    """

    visits: Sequence[Row] = ()
    others: Sequence[Row] = ()
    earlier: Sequence[Worked] = ()


@dataclass(frozen=True)
class Checked:
    """days: none where the sheet's times cannot be."""

    days: tuple[WorkingDay, ...]
    faults: tuple[Fault, ...]

    @property
    def minutes(self) -> int:
        """Worked in all of it."""
        return sum(day.minutes for day in self.days)


def check(sheet: Row, spans: Sequence[Row], beside: Beside) -> Checked:
    """What it comes to, and all that is wrong with it."""
    zone = zone_of(sheet["zone"])
    if zone is None:
        detail = f"There is no time zone {sheet['zone']!r}."
        return Checked((), (Fault("sheet.no_zone", detail),))
    faults = [*_of_sheet(sheet, spans), *_of_spans(sheet["month"], spans, zone)]
    if faults:
        return Checked((), tuple(faults))
    found = [_span(row, zone) for row in spans]
    others = [span for row in beside.others if (span := _span(row, zone)).ends is not None]
    faults += _twice(spans, found, others)
    days = reckon(
        [*found, *_visits(beside.visits, sheet["month"], zone)], zone, _last(others, found)
    )
    return Checked(_with_mean(days, beside.earlier), tuple(faults))


def zone_of(name: str) -> ZoneInfo | None:
    """By its IANA name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # ValueError: no key at all
        return None


def sentence(faults: Sequence[Fault]) -> str:
    """The first of them as one text, for the reason of a sheet that comes back."""
    shown = " ".join(fault.detail for fault in faults[:MAX_SHOWN])
    more = len(faults) - MAX_SHOWN
    return f"{shown} And {more} more." if more > 0 else shown


def following(month: dt.date) -> dt.date:
    """The first day of the next month."""
    return (month.replace(day=1) + 31 * ONE_DAY).replace(day=1)


def _of_sheet(sheet: Row, spans: Sequence[Row]) -> Iterator[Fault]:
    if sheet["month"].day != 1:
        yield Fault("sheet.month", f"{sheet['month']} is no first day of a month.")
    if not any(row["kind"] == Kind.DAY for row in spans):
        yield Fault("sheet.empty", "There is no day on it.")
    if len(spans) > MAX_SPANS:
        yield Fault("sheet.too_many", f"A sheet has at most {MAX_SPANS} spans.")


def _of_spans(month: dt.date, spans: Sequence[Row], zone: ZoneInfo) -> Iterator[Fault]:
    for row in spans:
        starts, ends = row["starts_at"].astimezone(zone), row["ends_at"]
        said = f"{starts:%Y-%m-%d %H:%M}"
        if ends is None:
            yield Fault("span.open", f"{said}: it has no end.", row["id"])
        elif utc(ends) < utc(starts):
            yield Fault("span.backwards", f"{said}: it ends before it starts.", row["id"])
        elif utc(ends) - utc(starts) > ONE_DAY:
            yield Fault("span.too_long", f"{said}: it is longer than 24 hours.", row["id"])
        if starts.date().replace(day=1) != month:
            yield Fault("span.other_month", f"{said}: it is in another month.", row["id"])


def _twice(rows: Sequence[Row], found: Sequence[Span], others: Sequence[Span]) -> Iterator[Fault]:
    """Work that another sheet has already, which would be counted there and here."""
    there = [other.stretch for other in others if other.kind is Kind.DAY]
    for row, span in zip(rows, found, strict=True):
        if span.kind is Kind.DAY and within([span.stretch], there):
            said = f"{span.starts:%Y-%m-%d %H:%M}"
            yield Fault("span.twice", f"{said}: another sheet has this time.", row["id"])


def _span(row: Row, zone: ZoneInfo) -> Span:
    ends = row["ends_at"]
    ended = None if ends is None else ends.astimezone(zone)
    return Span(Kind(row["kind"]), row["starts_at"].astimezone(zone), ended)


def _visits(visits: Sequence[Row], month: dt.date, zone: ZoneInfo) -> Iterator[Span]:
    """Those that began in the month and have ended, by their check-in and check-out."""
    for row in visits:
        starts, ends = row["checked_in_at"].astimezone(zone), row["checked_out_at"]
        has_ended = ends is not None and utc(ends) >= utc(starts)
        if has_ended and starts.date().replace(day=1) == month:
            yield Span(Kind.VISIT, starts, ends.astimezone(zone))


def _last(others: Sequence[Span], found: Sequence[Span]) -> dt.datetime | None:
    """When work of other sheets ended that was before this one's."""
    first = min(utc(one.starts) for one in found if one.kind is Kind.DAY)
    ends = (one.stretch[1] for one in others if one.kind is Kind.DAY)
    return max((at for at in ends if at <= first), default=None)


def _with_mean(days: tuple[WorkingDay, ...], earlier: Sequence[Worked]) -> tuple[WorkingDay, ...]:
    """The last day says where the mean up to it is beyond what is usual."""
    if not days:
        return days
    every = [*earlier, *((day.day, day.worked) for day in days)]
    *before, last = days
    if mean(every, last.day) <= USUAL:
        return days
    return (*before, replace(last, notices=(*last.notices, Notice.MEAN_LONG)))
