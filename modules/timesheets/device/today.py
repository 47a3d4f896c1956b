"""The day that goes on: what a rep may do next, and what there was so far."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from modules.timesheets.device.reading import Reading
from modules.timesheets.hours import reckon
from modules.timesheets.sheet import Row
from modules.timesheets.spans import NO_TIME, ONE_DAY, Kind, Span, utc


@dataclass(frozen=True)
class Entry:
    """A line of the day: a span that was recorded, or a visit. id: of that row. customer: of a
    visit.
    """

    id: uuid.UUID
    kind: Kind
    starts: dt.datetime
    ends: dt.datetime | None
    customer: uuid.UUID | None = None


@dataclass(frozen=True)
class Today:
    """doing: what goes on: DAY is work, None nothing. worked: so far. forgotten: what goes on since
    a day before this one and longer than a working day may; it is to be ended by hand.
    """

    day: dt.date
    doing: Kind | None
    since: dt.datetime | None
    worked: dt.timedelta
    entries: tuple[Entry, ...]
    forgotten: tuple[Entry, ...]


FORGOTTEN = dt.timedelta(hours=16)  # longer, an open span is no work that goes on


def today(reading: Reading) -> Today:
    """As it stands now. Work that began yesterday and goes on belongs to it."""
    now = reading.now()
    open_spans = [_entry(row, now.tzinfo) for row in reading.open_spans()]
    going = [one for one in open_spans if utc(now) - utc(one.starts) <= FORGOTTEN]
    forgotten = tuple(one for one in open_spans if one not in going)
    midnight = dt.datetime.combine(now.date(), dt.time(), now.tzinfo)
    days = [one.starts for one in going if one.kind is Kind.DAY]
    since = min([midnight, *days], key=utc)
    entries = [one for one in _since(reading, since) if one not in forgotten]
    work = [one for one in going if one.kind is Kind.DAY]
    last = max(going, key=lambda one: (one.kind is not Kind.DAY, utc(one.starts)), default=None)
    spans = [Span(one.kind, one.starts, one.ends or max(now, one.starts)) for one in entries]
    worked = sum((day.worked for day in reckon(spans, now.tzinfo or dt.UTC)), NO_TIME)
    kind, begun = (last.kind, last.starts) if work and last is not None else (None, None)
    return Today(now.date(), kind, begun, worked, tuple(entries), forgotten)


def _since(reading: Reading, since: dt.datetime) -> list[Entry]:
    zone = since.tzinfo
    until = reading.now() + ONE_DAY
    months = sorted({since.date().replace(day=1), reading.now().date().replace(day=1)})
    spans = [
        _entry(row, zone)
        for month in months
        for sheet in reading.sheets(month)
        if sheet["status"] != "rejected"
        for row in reading.spans(sheet["id"])
        if utc(row["starts_at"]) >= utc(since)
    ]
    visits = [
        Entry(
            row["id"], Kind.VISIT, row["checked_in_at"].astimezone(zone),
            row["checked_out_at"] and row["checked_out_at"].astimezone(zone), row["customer"],
        )
        for row in reading.visits(since, until)
    ]  # fmt: skip
    return sorted([*spans, *visits], key=lambda one: (utc(one.starts), one.kind is not Kind.DAY))


def _entry(row: Row, zone: dt.tzinfo | None) -> Entry:
    ends = row["ends_at"]
    return Entry(
        row["id"], Kind(row["kind"]), row["starts_at"].astimezone(zone),
        None if ends is None else ends.astimezone(zone),
    )  # fmt: skip
