"""D14: what working days come to, by hand and for any of them."""

from __future__ import annotations

import datetime as dt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.timesheets.hours import HOUR, MINUTE, Notice, mean, reckon
from modules.timesheets.spans import Kind, Span, length, united, utc
from tests.timesheets.cases import HOURS, LAW, RECORD
from tests.timesheets.written import BERLIN, Case, at, line, spans

BEGIN = dt.datetime(2026, 10, 23, tzinfo=dt.UTC)  # clocks change on the third day
ALL = [*HOURS, *LAW, *RECORD]


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.why)
def test_d14_a_day_comes_to_what_is_worked_by_hand(case: Case) -> None:
    holidays = {dt.date.fromisoformat(day) for day in case.holidays}
    before = at(case.before) if case.before else None
    for written in (case.spans, case.spans[::-1]):
        found = reckon(spans(written), BERLIN, before, holidays)
        assert [line(day) for day in found] == case.days


@st.composite
def recorded(draw: st.DrawFn) -> list[Span]:
    """Some days of anything, at the same time or not."""
    made = []
    for kind, begin, lasts in draw(
        st.lists(
            st.tuples(st.sampled_from(Kind), st.integers(0, 6_000), st.integers(0, 1_440)),
            max_size=12,
        )
    ):
        starts = (BEGIN + begin * MINUTE).astimezone(BERLIN)
        ends = (utc(starts) + lasts * MINUTE).astimezone(BERLIN)
        made.append(Span(kind, starts, ends))
    return made


@given(recorded())
def test_d14_nothing_is_less_than_nothing_nor_more_than_the_day(found: list[Span]) -> None:
    for day in reckon(found, BERLIN):
        assert dt.timedelta() <= day.worked <= utc(day.ends) - utc(day.starts)
        assert dt.timedelta() <= day.breaks
        for part in (day.travel, day.visits):
            assert dt.timedelta() <= part <= day.worked + day.breaks


@given(recorded())
def test_d14_work_is_what_is_in_a_day_and_in_no_break(found: list[Span]) -> None:
    """Told anew, minute by minute."""
    minutes = {kind: set[int]() for kind in Kind}
    for one in found:
        assert one.ends is not None
        since, until = ((utc(x) - BEGIN) // MINUTE for x in (one.starts, one.ends))
        minutes[one.kind] |= set(range(since, until))
    worked = sum((day.worked for day in reckon(found, BERLIN)), dt.timedelta())
    assert worked == len(minutes[Kind.DAY] - minutes[Kind.BREAK]) * MINUTE


@given(recorded(), st.randoms(use_true_random=False))
def test_d14_the_order_in_which_it_is_recorded_does_not_matter(
    found: list[Span], random: Random
) -> None:
    mixed = list(found)
    random.shuffle(mixed)
    assert reckon(mixed, BERLIN) == reckon(found, BERLIN)


@given(recorded(), st.data())
def test_d14_a_span_in_two_pieces_comes_to_the_same(found: list[Span], data: st.DataObject) -> None:
    if not found:
        return
    one = data.draw(st.sampled_from(found))
    assert one.ends is not None
    lasts = (utc(one.ends) - utc(one.starts)) // MINUTE
    cut = (utc(one.starts) + data.draw(st.integers(0, lasts)) * MINUTE).astimezone(BERLIN)
    pieces = [Span(one.kind, one.starts, cut), Span(one.kind, cut, one.ends)]
    rest = list(found)
    rest.remove(one)
    bare = [
        (day.day, day.worked, day.breaks, day.travel, day.visits) for day in reckon(found, BERLIN)
    ]
    again = [
        (day.day, day.worked, day.breaks, day.travel, day.visits)
        for day in reckon([*rest, *pieces], BERLIN)
    ]
    assert again == bare


@given(recorded())
def test_d14_the_days_together_cover_what_is_recorded_as_work(found: list[Span]) -> None:
    days = reckon(found, BERLIN)
    assert [day.day for day in days] == sorted({day.day for day in days})
    work = united(one.stretch for one in found if one.kind is Kind.DAY)
    assert sum((day.worked + day.breaks for day in days), dt.timedelta()) == length(work)


def test_d14_the_mean_is_over_the_days_from_monday_to_saturday() -> None:
    monday = dt.date(2026, 3, 2)
    week = [(monday + n * dt.timedelta(days=1), 9 * HOUR) for n in range(5)]
    assert mean(week, monday + dt.timedelta(days=5)) == 7.5 * HOUR  # six days, with Saturday
    assert mean(week, monday + dt.timedelta(days=4)) == 9 * HOUR
    assert mean(week, monday + dt.timedelta(weeks=30)) == dt.timedelta()
    assert mean([(monday + dt.timedelta(days=6), HOUR)], monday + dt.timedelta(days=6)) == HOUR


def test_d14_every_notice_but_the_mean_is_in_the_table() -> None:
    """The mean is the sheet's matter."""
    told = {word for case in ALL for day in case.days for word in day.partition(": ")[2].split()}
    assert told == {*Notice} - {Notice.MEAN_LONG}
