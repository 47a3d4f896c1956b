"""How long somebody is away on each day of a trip: pure arithmetic on times with zones.

A day is a calendar day where the traveller is. Durations are what really passes, so a night in
which clocks change is an hour shorter or longer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from modules.expenses.money import Money
from modules.expenses.rates import Meal
from modules.expenses.sentences import fault_detail

MAX_STAGES = 200  # of a trip
MAX_DAYS = 92  # of a trip: beyond three months at a place the law gives no per diem
ONE_DAY = dt.timedelta(days=1)
NO_TIME = dt.timedelta()


class TripFault(ValueError):
    """A trip that cannot be; values: of its sentence. code: trip.no_stage, trip.too_long,
    stage.no_zone, stage.backwards, stage.overlap, meal.not_on_trip.
    """

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = {name: str(value) for name, value in values.items()}
        self.detail = fault_detail(code, self.values)
        super().__init__(self.detail)


@dataclass(frozen=True)
class Stage:
    """A part of a trip in one country, with local times there. sleeps: the nights that begin in it
    are spent in a bed away from home; False: travelled or worked through.
    """

    country: str
    starts: dt.datetime
    ends: dt.datetime
    sleeps: bool = True


@dataclass(frozen=True)
class ProvidedMeal:
    """A meal on a day of the trip that the employer or a host paid for. paid: what the traveller
    paid for it.
    """

    day: dt.date
    meal: Meal
    paid: Money | None = None


@dataclass(frozen=True)
class Trip:
    """From leaving home or office until coming back; between stages it goes on in the country of
    the one before. settled: what it was given for each day, once that does not change any more.
    """

    key: str
    stages: tuple[Stage, ...]
    meals: tuple[ProvidedMeal, ...] = ()
    settled: dict[dt.date, Money] | None = field(default=None, hash=False)

    @property
    def begins(self) -> dt.datetime:
        """When its first stage does, in UTC."""
        return min(_utc(stage.starts) for stage in self.stages)

    @property
    def ends(self) -> dt.datetime:
        """When its last stage does, in UTC."""
        return max(_utc(stage.ends) for stage in self.stages)


@dataclass(frozen=True)
class Away:
    """A trip on one day. countries: in which it was, in order. whole: from midnight to midnight.
    near_night: a night away begins or ends on this day, the one before, or the one after.
    """

    day: dt.date
    absent: dt.timedelta
    countries: tuple[str, ...]
    whole: bool
    near_night: bool


@dataclass(frozen=True)
class _Piece:
    """What of a stage is on one day; starts and ends in UTC."""

    day: dt.date
    starts: dt.datetime
    ends: dt.datetime
    country: str
    sleeps: bool


def days_of(trip: Trip) -> tuple[Away, ...]:
    """Each day that it touches, in order; TripFault."""
    stages = _checked(trip)
    pieces = list(_pieces(stages))
    on: dict[dt.date, list[_Piece]] = {}
    for piece in pieces:
        on.setdefault(piece.day, []).append(piece)
    if len(on) > MAX_DAYS:
        raise TripFault("trip.too_long", most=MAX_DAYS)
    for meal in trip.meals:
        if meal.day not in on:
            raise TripFault("meal.not_on_trip", day=meal.day)
    slept = {one.day for one, after in pairwise(pieces) if after.day > one.day and one.sleeps}
    first, last = min(on), max(on)
    from_midnight = _is_midnight(stages[0].starts)
    to_midnight = _is_midnight(stages[-1].ends.astimezone(stages[-1].starts.tzinfo))
    return tuple(
        Away(
            day,
            sum((piece.ends - piece.starts for piece in on[day]), NO_TIME),
            tuple(piece.country for piece in on[day]),
            whole=(day > first or from_midnight) and (day < last or to_midnight),
            near_night=any(day + nights * ONE_DAY in slept for nights in (-2, -1, 0, 1)),
        )
        for day in sorted(on)
    )


def _checked(trip: Trip) -> list[Stage]:
    """Its stages in order."""
    if not 1 <= len(trip.stages) <= MAX_STAGES:
        raise TripFault("trip.no_stage", most=MAX_STAGES)
    for stage in trip.stages:
        if stage.starts.tzinfo is None or stage.ends.tzinfo is None:
            raise TripFault("stage.no_zone", zone="")
        if _utc(stage.starts) >= _utc(stage.ends):
            raise TripFault("stage.backwards")
    if trip.ends - trip.begins > MAX_DAYS * ONE_DAY:
        raise TripFault("trip.too_long", most=MAX_DAYS)
    ordered = sorted(trip.stages, key=lambda stage: _utc(stage.starts))
    if any(_utc(after.starts) < _utc(one.ends) for one, after in pairwise(ordered)):
        raise TripFault("stage.overlap")
    return ordered


def _pieces(stages: list[Stage]) -> Iterator[_Piece]:
    """The trip without gaps, cut at each midnight of the place."""
    for place, stage in enumerate(stages):
        is_last = place + 1 == len(stages)
        starts = _utc(stage.starts)
        until = _utc(stage.ends if is_last else stages[place + 1].starts)
        zone = stage.starts.tzinfo
        while starts < until:
            day = starts.astimezone(zone).date()
            midnight = _utc(dt.datetime.combine(day + ONE_DAY, dt.time(), zone))
            ends = min(midnight, until)
            yield _Piece(day, starts, ends, stage.country, stage.sleeps)
            starts = ends


def _is_midnight(at: dt.datetime) -> bool:
    return at.time() == dt.time()


def _utc(at: dt.datetime) -> dt.datetime:
    return at.astimezone(dt.UTC)
