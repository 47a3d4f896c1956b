"""D13: what holds for the per diems of any trips."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from modules.expenses.absence import ProvidedMeal, Stage, Trip, days_of
from modules.expenses.money import Money
from modules.expenses.perdiem import Day, per_diems
from modules.expenses.rates import Meal
from tests.expenses.written import RATES, ZONES

BEGIN = dt.datetime(2026, 10, 23, tzinfo=dt.UTC)  # clocks change on the third day
MINUTE = dt.timedelta(minutes=1)
COUNTRIES = st.sampled_from(["DE", "DE", "FR", "GB", "JP", "US", "XK"])
LENGTHS = st.one_of(
    st.integers(1, 3_000), st.integers(460, 500), st.sampled_from([480, 481, 1_440])
)
GAPS = st.integers(0, 900)


@st.composite
def trips(draw: st.DrawFn, most: int = 4) -> list[Trip]:
    """Trips of one person, one after the other, with meals on some of their days."""
    at, made = BEGIN + draw(st.integers(0, 1_440)) * MINUTE, []
    for key in "abcd"[: draw(st.integers(1, most))]:
        stages = []
        for country, length, sleeps, gap in draw(
            st.lists(st.tuples(COUNTRIES, LENGTHS, st.booleans(), GAPS), min_size=1, max_size=4)
        ):
            zone = ZoneInfo(ZONES[country])
            ends = at + length * MINUTE
            stages.append(Stage(country, at.astimezone(zone), ends.astimezone(zone), sleeps))
            at = ends + gap * MINUTE
        days = [away.day for away in days_of(Trip(key, tuple(stages)))]
        meals = draw(
            st.lists(
                st.builds(
                    ProvidedMeal,
                    st.sampled_from(days),
                    st.sampled_from(Meal),
                    st.none() | st.just(Money(Decimal("2.50"), "EUR")),
                ),
                max_size=4,
            )
        )
        made.append(Trip(key, tuple(stages), tuple(meals)))
    return made


def by_day(lines: tuple[Day, ...]) -> dict[dt.date, Decimal]:
    """What each day is given, all trips together; without days that are given nothing."""
    found: dict[dt.date, Decimal] = defaultdict(Decimal)
    for one in lines:
        found[one.day] += one.amount.amount
    return {day: amount for day, amount in found.items() if amount}


@given(trips())
def test_a_day_is_given_for_once_and_never_less_than_nothing(made: list[Trip]) -> None:
    taken = set()
    for one in per_diems(made, RATES):
        assert 0 <= one.amount.amount <= one.base.amount
        assert one.amount.amount == one.amount.amount.quantize(Decimal("0.01"))
        if one.rate is not None:
            assert one.day not in taken
            taken.add(one.day)


@given(trips())
def test_each_day_of_each_trip_has_a_line_and_all_time_is_on_one(made: list[Trip]) -> None:
    lines = per_diems(made, RATES)
    for trip in made:
        of = [one for one in lines if one.trip == trip.key]
        assert [one.day for one in of] == [away.day for away in days_of(trip)]
        assert sum((one.absent for one in of), dt.timedelta()) == trip.ends - trip.begins


@given(trips(), st.randoms(use_true_random=False))
def test_the_order_in_which_it_is_entered_changes_nothing(made: list[Trip], random: Random) -> None:
    mixed = [
        replace(
            trip,
            stages=tuple(random.sample(trip.stages, len(trip.stages))),
            meals=tuple(random.sample(trip.meals, len(trip.meals))),
        )
        for trip in random.sample(made, len(made))
    ]
    assert per_diems(mixed, RATES) == per_diems(made, RATES)


@given(trips(), st.data())
def test_a_stage_that_is_split_changes_nothing(made: list[Trip], data: st.DataObject) -> None:
    trip = data.draw(st.sampled_from(made))
    stage = data.draw(st.sampled_from(trip.stages))
    starts, ends = stage.starts.astimezone(dt.UTC), stage.ends.astimezone(dt.UTC)
    seconds = data.draw(st.integers(1, int((ends - starts).total_seconds()) - 1))
    cut = (starts + dt.timedelta(seconds=seconds)).astimezone(stage.starts.tzinfo)
    halves = (replace(stage, ends=cut), replace(stage, starts=cut))
    others = tuple(one for one in trip.stages if one is not stage)
    split = [replace(one, stages=(*others, *halves)) if one is trip else one for one in made]
    assert per_diems(split, RATES) == per_diems(made, RATES)


@given(trips(), st.randoms(use_true_random=False))
def test_settled_one_by_one_each_day_comes_to_no_less(made: list[Trip], random: Random) -> None:
    """In any order, and to the same where the day is in one country: what was given before a later
    trip changed the country stays. But for meals, which one settled before cannot know of.
    """
    open_ = [replace(trip, meals=()) for trip in made]
    settled: list[Trip] = []
    given_: dict[dt.date, Decimal] = defaultdict(Decimal)
    for trip in random.sample(open_, len(open_)):
        lines = per_diems([*settled, trip], RATES)
        settled.append(replace(trip, settled={one.day: one.amount for one in lines}))
        for day, amount in by_day(lines).items():
            given_[day] += amount
    together = by_day(per_diems(open_, RATES))
    countries: dict[dt.date, set[str]] = defaultdict(set)
    for trip in open_:
        for away in days_of(trip):
            countries[away.day].update(away.countries)
    for day in given_.keys() | together.keys():
        at_once = together.get(day, Decimal())
        assert given_[day] >= at_once
        assert given_[day] == at_once or len(countries[day]) > 1
