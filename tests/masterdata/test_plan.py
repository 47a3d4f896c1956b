"""The calendar's pure parts against naive ones: days and hours across changes of the clock,
clashes, lanes, series.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.masterdata.portal import series
from modules.masterdata.portal.plan import (
    LANES,
    LEAST,
    MINUTE,
    SLOT,
    SLOTS,
    USUAL,
    Booked,
    clashes,
    hours,
    in_lanes,
    pieces,
)
from modules.masterdata.portal.series import MAX_SERIES, Repeat, Times, followed, repeated
from modules.masterdata.portal.spans import EPOCH, Span, View, microseconds

# Lord Howe moves its clocks by half an hour; Berlin and New York at different times.
ZONES = [ZoneInfo(n) for n in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC")]
CHANGES = [dt.date(2026, 3, 29), dt.date(2026, 10, 25), dt.date(2026, 11, 1), dt.date(2026, 4, 5)]
REPS = [bytes([n]) * 16 for n in range(1, 4)]
MINUTES = st.integers(-3 * 24 * 60, 3 * 24 * 60)


def local_in(zone: ZoneInfo) -> Callable[[int], dt.datetime]:
    return lambda at: (EPOCH + dt.timedelta(microseconds=at)).astimezone(zone)


def booked(n: int, rep: bytes, starts: int, ends: int | None, active: bool = True) -> Booked:
    return Booked(n.to_bytes(16, "big"), 1, rep, b"c" * 16, "Visit", starts, ends, active, None)


@st.composite
def several(draw: st.DrawFn, around: dt.date | None = None) -> list[Booked]:
    """Appointments around a change of the clock; some end never, or before they begin."""
    day = around or draw(st.sampled_from(CHANGES))
    noon = microseconds(dt.datetime.combine(day, dt.time(12), dt.UTC))
    found = []
    for n in range(draw(st.integers(0, 12))):
        starts = noon + draw(MINUTES) * MINUTE
        length = draw(st.one_of(st.none(), st.integers(-60, 50 * 60)))
        ends = None if length is None else starts + length * MINUTE
        found.append(booked(n, draw(st.sampled_from(REPS)), starts, ends, draw(st.booleans())))
    return found


@given(st.data(), st.sampled_from(CHANGES), st.sampled_from(ZONES), st.sampled_from(list(View)))
def test_pieces_are_where_each_minute_is_by_the_clock(
    data: st.DataObject, day: dt.date, zone: ZoneInfo, view: View
) -> None:
    """Recomputed by walking through every minute of every appointment."""
    some, days, local = data.draw(several(day)), Span(view, day).days, local_in(zone)
    found = {
        (rep, on, piece.booked.id): (piece.slot, piece.slots)
        for (rep, on), column in pieces(some, days, local).items()
        for piece in column
    }
    expected = {}
    for one in some:
        by_day: dict[dt.date, list[int]] = {}
        for at in range(one.starts, one.until, MINUTE):
            shown = local(at)
            by_day.setdefault(shown.date(), []).append((shown.hour * 60 + shown.minute) // SLOT)
        for on, slots in by_day.items():
            if on in days:
                length = max(slots[-1] - slots[0] + 1, LEAST)
                expected[one.rep, on, one.id] = (min(slots[0], SLOTS - length), length)
    assert found == expected


@given(several())
def test_clashes_are_all_pairs_of_one_rep_at_one_time(some: list[Booked]) -> None:
    found = {row_id: {x.id for x in others} for row_id, others in clashes(some).items()}
    expected: dict[bytes, set[bytes]] = {}
    for one in some:
        for other in some:
            apart = one.until <= other.starts or other.until <= one.starts
            both = one.active and other.active and one.rep == other.rep
            if one is not other and both and not apart:
                expected.setdefault(one.id, set()).add(other.id)
    assert found == expected


@given(several(), st.sampled_from(ZONES))
def test_lanes_keep_pieces_apart(some: list[Booked], zone: ZoneInfo) -> None:
    days = Span(View.MONTH, dt.date(2026, 3, 15)).days
    for column in pieces(some, days, local_in(zone)).values():
        laned = in_lanes(column)
        assert {(p.booked.id, p.slot, p.slots) for p in laned} == {
            (p.booked.id, p.slot, p.slots) for p in column
        }
        starts, ends = hours([laned])
        for n, piece in enumerate(laned):
            assert 0 <= piece.lane < piece.lanes <= LANES
            assert starts * 4 <= piece.slot
            assert piece.slot + piece.slots <= ends * 4 <= SLOTS
            for other in laned[n + 1 :]:
                touch = piece.slot < other.slot + other.slots and other.slot < piece.slot + (
                    piece.slots
                )
                if touch:
                    assert piece.lanes == other.lanes
                    assert piece.lane != other.lane or piece.lane == LANES - 1


def test_a_week_of_hours_has_no_more_than_it_needs() -> None:
    assert hours([]) == (7, 19)
    night = booked(1, REPS[0], microseconds(dt.datetime(2026, 5, 4, 4, 50, tzinfo=dt.UTC)), None)
    columns = pieces([night], [dt.date(2026, 5, 4)], local_in(ZoneInfo("UTC"))).values()
    assert hours(columns) == (4, 19)
    assert night.until - night.starts == USUAL


DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2028, 12, 31))


@given(DAYS, st.sampled_from(list(Repeat)), st.integers(1, 12), st.integers(-10, 400))
def test_a_series_has_every_day_that_fits_and_no_other(
    first: dt.date, repeat: Repeat, every: int, length: int
) -> None:
    """Recomputed by looking at every day until the last one."""
    until = first + dt.timedelta(days=length)
    expected = []
    for n in range(length + 1):
        day = first + dt.timedelta(days=n)
        months = (day.year - first.year) * 12 + day.month - first.month
        last = calendar.monthrange(day.year, day.month)[1]
        if repeat is Repeat.WEEK:
            fits = n % (7 * every) == 0
        else:
            fits = months % every == 0 and day.day == min(first.day, last)
        expected += [day] if fits else []
    assert series.days(first, repeat, every, until) == expected


def test_a_series_is_bounded() -> None:
    first = dt.date(2026, 1, 5)
    last = first + dt.timedelta(weeks=MAX_SERIES - 1)
    assert len(series.days(first, Repeat.WEEK, 1, last)) == MAX_SERIES
    with pytest.raises(series.TooLong):
        series.days(first, Repeat.WEEK, 1, last + dt.timedelta(weeks=1))


@given(st.sampled_from(ZONES), MINUTES, st.integers(1, 600), st.integers(0, 60))
def test_repeated_ones_are_at_the_same_time_by_the_clock(
    zone: ZoneInfo, minute: int, length: int, later: int
) -> None:
    """Or an hour later at most, where the clock leaves that time out; and as long."""
    local = local_in(zone)
    starts = microseconds(dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)) + minute * MINUTE
    day = local(starts).date() + dt.timedelta(days=later)
    found = repeated(
        Times(starts, starts + length * MINUTE), day, local, lambda at: at.replace(tzinfo=zone)
    )
    assert found.length == length * MINUTE
    shown, wanted = local(found.starts), local(starts)
    assert (shown.date(), shown.time()) == (day, wanted.time()) or (
        dt.timedelta()
        < shown.replace(tzinfo=None) - dt.datetime.combine(day, wanted.time())
        <= dt.timedelta(hours=1)
    )


def test_what_follows_moves_by_the_clock_and_keeps_what_is_its_own() -> None:
    """A Tuesday series over the end of summer time goes to Wednesday, an hour later."""
    zone = ZoneInfo("Europe/Berlin")
    local = local_in(zone)

    def at(day: int, hour: int, month: int = 10) -> int:
        return microseconds(dt.datetime(2026, month, day, hour, tzinfo=zone))

    def instant(shown: dt.datetime) -> dt.datetime:
        return shown.replace(tzinfo=zone)

    old, new = Times(at(20, 9), at(20, 10)), Times(at(21, 10), at(21, 11))
    winter = Times(at(27, 9), at(27, 12))  # after the change; longer than the others
    assert followed(winter, old, new, local, instant) == Times(at(28, 10), at(28, 13))
    shorter = Times(at(20, 9), at(20, 9) + 15 * MINUTE)
    assert followed(winter, old, shorter, local, instant) == Times(
        at(27, 9), at(27, 9) + 15 * MINUTE
    )
    assert followed(winter, old, Times(at(20, 9), None), local, instant) == Times(at(27, 9), None)
