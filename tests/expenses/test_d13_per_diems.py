"""D13: per diems, worked out by hand from § 9 (4a) EStG and what the ministry writes about it."""

from __future__ import annotations

import pytest

from modules.expenses.absence import MAX_DAYS, TripFault, days_of
from modules.expenses.perdiem import Rule, per_diems
from tests.expenses.cases_abroad import ABROAD, CLOCKS
from tests.expenses.cases_home import AWAKE, HOURS, NIGHTS
from tests.expenses.cases_rates import CHANGES, MEALS
from tests.expenses.cases_several import SEVERAL
from tests.expenses.written import RATES, Case, Several, euros, line, trip

CASES = [*HOURS, *NIGHTS, *AWAKE, *MEALS, *ABROAD, *CLOCKS, *CHANGES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.why)
def test_a_trip(case: Case) -> None:
    found = per_diems([trip("one", case.stages, case.meals)], RATES)
    assert [line(one) for one in found] == case.lines


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 60
    assert {one.split()[1] for case in CASES for one in case.lines} == {*Rule} - {Rule.OTHER_TRIP}


@pytest.mark.parametrize("case", SEVERAL, ids=lambda case: case.why)
def test_trips_on_one_day(case: Several) -> None:
    trips = [
        trip(str(n), stages, case.meals.get(n, ()), case.settled.get(n))
        for n, stages in enumerate(case.trips)
    ]
    assert [f"{one.trip} {line(one)}" for one in per_diems(trips, RATES)] == case.lines


@pytest.mark.parametrize(
    ("code", "stages", "meals"),
    [
        ("trip.no_stage", [], []),
        ("stage.backwards", ["DE 2026-03-02 12:00 / 2026-03-02 12:00"], []),
        ("stage.backwards", ["DE 2026-10-25 02:30 / 2026-10-25 01:30"], []),
        (
            "stage.overlap",
            ["DE 2026-03-02 08:00 / 2026-03-02 12:01", "FR 2026-03-02 12:00 / 2026-03-02 13:00"],
            [],
        ),
        ("trip.too_long", ["DE 2026-01-01 08:00 / 2026-04-03 08:01"], []),
        ("meal.not_on_trip", ["DE 2026-03-02 08:00 / 2026-03-02 12:01"], ["2026-03-03 lunch"]),
    ],
)
def test_what_cannot_be_is_said(code: str, stages: list[str], meals: list[str]) -> None:
    with pytest.raises(TripFault) as refused:
        days_of(trip("one", stages, meals))
    assert refused.value.code == code


def test_the_longest_trip() -> None:
    found = days_of(trip("one", ["DE 2026-01-01 08:00 / 2026-04-02 08:00"]))
    assert len(found) == MAX_DAYS


def test_two_trips_at_the_same_time_are_refused() -> None:
    both = [
        trip("one", ["DE 2026-03-02 08:00 / 2026-03-02 12:01"]),
        trip("two", ["DE 2026-03-02 12:00 / 2026-03-02 15:00"]),
    ]
    with pytest.raises(TripFault) as refused:
        per_diems(both, RATES)
    assert refused.value.code == "trip.overlap"


def test_a_day_says_what_it_was_worked_out_from() -> None:
    (one,) = per_diems(
        [trip("one", ["DE 2026-03-02 07:00 / 2026-03-02 18:00"], ["2026-03-02 lunch 3.00"])], RATES
    )
    assert (one.base, one.already, one.amount) == (euros("14"), euros("0.00"), euros("5.80"))
    assert [(off.meal, off.amount) for off in one.reductions] == [("lunch", euros("8.20"))]
    assert one.rate is not None
    assert one.rate.source == "a test"
    assert one.absent.total_seconds() == 11 * 3600
