"""Per diems: what a person is given for each day of their trips, and by which rule.

The rules are those of § 9 (4a) of the German income tax act; amounts, percents and the least time
are in the rates. What is looked at is all trips of one person that touch the same days, since a day
is given for once, whatever trips it has. Pure, and the same on device and server.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from modules.expenses.absence import (
    NO_TIME,
    Away,
    ProvidedMeal,
    Trip,
    TripFault,
    days_of,
)
from modules.expenses.money import HUNDRED, Money, nothing, total
from modules.expenses.rates import Meal, PerDiemRate, Rates


class Rule(StrEnum):
    """Why a day is given what it is; pages say it in words."""

    WHOLE_DAY = "whole_day"  # away from midnight to midnight
    TRAVEL_DAY = "travel_day"  # arrival or departure, with a night away, however long
    LONG_DAY = "long_day"  # no night away, and longer than the least time, all trips together
    OVER_MIDNIGHT = "over_midnight"  # both days together are, without a night: the one with more
    TOO_SHORT = "too_short"
    OTHER_TRIP = "other_trip"  # given with another trip of the same day
    OTHER_DAY = "other_day"  # given with the trip's other day
    NO_RATE = "no_rate"  # none for the country and the day


@dataclass(frozen=True)
class Reduction:
    """What a provided meal takes off."""

    meal: Meal
    amount: Money


@dataclass(frozen=True)
class Day:
    """One day of a trip. absent: how long, on this trip. rate: None where nothing is given, or
    none was found. base: before reductions. already: what was given for this day with trips that
    are settled. amount: what is given, never less than nothing.
    """

    trip: str
    day: dt.date
    rule: Rule
    country: str
    absent: dt.timedelta
    rate: PerDiemRate | None
    base: Money
    reductions: tuple[Reduction, ...]
    already: Money
    amount: Money


@dataclass(frozen=True)
class _Visit:
    """A trip on one day."""

    trip: Trip
    away: Away


@dataclass(frozen=True)
class _Claim:
    """What a day could be given for. by: the trips that it counts together, in order."""

    rule: Rule
    rate: PerDiemRate
    base: Money
    by: tuple[Trip, ...]

    @property
    def rank(self) -> tuple[Decimal, tuple[dt.datetime, dt.datetime, str]]:
        """The higher amount goes first, then the later trip."""
        return self.base.amount, _place(self.by[-1])


def per_diems(trips: Iterable[Trip], rates: Rates) -> tuple[Day, ...]:
    """Each day of each trip that is not settled, by trip and day; settled ones count as what they
    were given. TripFault, also with trip.overlap.
    """
    visits: dict[dt.date, list[_Visit]] = {}
    ordered = sorted(trips, key=_place)
    for trip in ordered:
        for away in days_of(trip):
            visits.setdefault(away.day, []).append(_Visit(trip, away))
    if any(after.begins < one.ends for one, after in pairwise(ordered)):
        raise TripFault("trip.overlap")
    nights = _over_midnight(visits, rates)
    found = [line for day in sorted(visits) for line in _given(day, visits[day], nights, rates)]
    place = {trip.key: n for n, trip in enumerate(ordered)}
    return tuple(sorted(found, key=lambda line: (place[line.trip], line.day)))


def _place(trip: Trip) -> tuple[dt.datetime, dt.datetime, str]:
    return trip.begins, trip.ends, trip.key


def _given(
    day: dt.date,
    visits: Sequence[_Visit],
    nights: dict[str, tuple[dt.date, _Claim]],
    rates: Rates,
) -> Iterable[Day]:
    """The lines of one day: one of them is given the best claim."""
    best = max(_claims(day, visits, nights, rates), key=lambda one: one.rank, default=None)
    open_ = [visit for visit in visits if visit.trip.settled is None]
    given = (visit.trip.settled for visit in visits if visit.trip.settled is not None)
    already = total((days[day] for days in given if day in days), rates.currency)
    taker = _taker(best, open_) if best is not None else None
    meals = [meal for visit in visits for meal in visit.trip.meals if meal.day == day]
    for visit in open_:
        key, away = visit.trip.key, visit.away
        country = rates.country(away.countries)
        if visit.trip is taker and best is not None:
            off = _reductions(best.rate, meals)
            left = best.base - total((one.amount for one in off), best.rate.currency)
            yield Day(
                key, day, best.rule, best.rate.country, away.absent, best.rate, best.base, off,
                already, (left.at_least_nothing() - already).at_least_nothing(),
            )  # fmt: skip
        else:
            none = nothing(rates.currency)
            rule = _why_not(visit, best, nights, rates)
            yield Day(key, day, rule, country, away.absent, None, none, (), none, none)


def _taker(claim: _Claim, open_: Sequence[_Visit]) -> Trip | None:
    """Which trip is given the day: of those that the claim counts the last one, else, these being
    settled, the last one of the day.
    """
    trips = [visit.trip for visit in open_]
    mine = [trip for trip in trips if trip in claim.by] or trips
    return mine[-1] if mine else None


def _claims(
    day: dt.date,
    visits: Sequence[_Visit],
    nights: dict[str, tuple[dt.date, _Claim]],
    rates: Rates,
) -> Iterable[_Claim]:
    for visit in visits:
        rate = rates.per_diem(rates.country(visit.away.countries), day)
        on, claim = nights.get(visit.trip.key, (None, None))
        if on == day and claim is not None:
            yield claim
        if rate is None:
            continue
        if visit.away.whole:
            yield _claim(Rule.WHOLE_DAY, rate, (visit.trip,))
        elif visit.away.near_night:
            yield _claim(Rule.TRAVEL_DAY, rate, (visit.trip,))
    short = [visit for visit in visits if _is_short(visit) and visit.trip.key not in nights]
    countries = (country for visit in short for country in visit.away.countries)
    rate = rates.per_diem(rates.country(countries), day)
    absent = sum((visit.away.absent for visit in short), NO_TIME)
    if rate is not None and absent > rate.longer_than:
        yield _claim(Rule.LONG_DAY, rate, tuple(visit.trip for visit in short))


def _claim(rule: Rule, rate: PerDiemRate, by: tuple[Trip, ...]) -> _Claim:
    amount = rate.whole_day if rule is Rule.WHOLE_DAY else rate.part_day
    return _Claim(rule, rate, Money(amount, rate.currency), by)


def _is_short(visit: _Visit) -> bool:
    """Whether its hours decide."""
    return not visit.away.whole and not visit.away.near_night


def _over_midnight(
    visits: dict[dt.date, list[_Visit]], rates: Rates
) -> dict[str, tuple[dt.date, _Claim]]:
    """By trip, the day that it is given for both: where it has two, no night away, is longer than
    the least time with both and not with one. Its hours count for this alone.
    """
    of: dict[str, list[_Visit]] = {}
    for on_day in visits.values():
        for visit in on_day:
            of.setdefault(visit.trip.key, []).append(visit)
    found = {}
    for key, both in of.items():
        if len(both) != 2 or not all(map(_is_short, both)):
            continue
        longer = max(both, key=lambda visit: visit.away.absent).away  # the first where it is even
        rate = rates.per_diem(rates.country(longer.countries), longer.day)
        absent = both[0].away.absent + both[1].away.absent
        if rate is not None and longer.absent <= rate.longer_than < absent:
            trips = (both[0].trip,)
            found[key] = longer.day, _claim(Rule.OVER_MIDNIGHT, rate, trips)
    return found


def _why_not(
    visit: _Visit,
    best: _Claim | None,
    nights: dict[str, tuple[dt.date, _Claim]],
    rates: Rates,
) -> Rule:
    day = visit.away.day
    if best is not None:
        return Rule.OTHER_TRIP
    if rates.per_diem(rates.country(visit.away.countries), day) is None:
        return Rule.NO_RATE
    return Rule.OTHER_DAY if visit.trip.key in nights else Rule.TOO_SHORT


def _reductions(rate: PerDiemRate, meals: Sequence[ProvidedMeal]) -> tuple[Reduction, ...]:
    """Each meal of the day once, less what was paid for it."""
    found = []
    whole = Money(rate.whole_day, rate.currency)
    for kind in Meal:
        these = [one for one in meals if one.meal is kind]
        if not these:
            continue
        off = whole.times(rate.percent(kind) / HUNDRED)
        paid = (one.paid for one in these if one.paid is not None)
        most = max(paid, key=lambda money: money.amount, default=nothing(rate.currency))
        found.append(Reduction(kind, (off - most).at_least_nothing()))
    return tuple(found)
