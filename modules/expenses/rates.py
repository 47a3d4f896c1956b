"""What is paid for a day and for a kilometre: data with the time in which it is valid.

No rate stands in code. A rate is looked up by the day that is travelled; where several are valid,
the one that began last counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Meal(StrEnum):
    """A meal that was provided."""

    BREAKFAST = "breakfast"
    LUNCH = "lunch"
    DINNER = "dinner"


@dataclass(frozen=True)
class PerDiemRate:
    """Of a country (ISO 3166, two letters), from a day on, until another one inclusive.

    whole_day: for 24 hours. part_day: for a day of arrival or departure, and for one without a
    night away that is longer than `longer_than`. The percents of the whole day are what a provided
    meal takes off. source: where the rate was read.
    """

    country: str
    valid_from: dt.date
    valid_until: dt.date | None
    currency: str
    whole_day: Decimal
    part_day: Decimal
    longer_than: dt.timedelta
    breakfast_percent: Decimal
    lunch_percent: Decimal
    dinner_percent: Decimal
    source: str

    def percent(self, meal: Meal) -> Decimal:
        """What a meal takes off, of the whole day."""
        by_meal = {
            Meal.BREAKFAST: self.breakfast_percent,
            Meal.LUNCH: self.lunch_percent,
            Meal.DINNER: self.dinner_percent,
        }
        return by_meal[meal]


@dataclass(frozen=True)
class MileageRate:
    """For each kilometre with a kind of vehicle, from a day on, until another one inclusive."""

    vehicle: str
    valid_from: dt.date
    valid_until: dt.date | None
    currency: str
    per_km: Decimal
    source: str


@dataclass(frozen=True)
class Rates:
    """All that there are. home: the country that counts only where no other one does. currency: of
    statements; a rate in another one is none, nor is one with less than nothing.
    """

    per_diems: tuple[PerDiemRate, ...]
    mileages: tuple[MileageRate, ...] = ()
    home: str = "DE"
    currency: str = "EUR"

    def per_diem(self, country: str, day: dt.date) -> PerDiemRate | None:
        """The one for a country and a day; None: there is none."""
        valid = (
            one
            for one in self.per_diems
            if one.country == country and _is_amount(*_amounts(one)) and self._is(one, day)
        )
        return max(
            valid, key=lambda one: (one.valid_from, one.whole_day, one.part_day), default=None
        )

    def mileage(self, vehicle: str, day: dt.date) -> MileageRate | None:
        """The one for a vehicle and a day; None: there is none."""
        valid = (
            one
            for one in self.mileages
            if one.vehicle == vehicle and _is_amount(one.per_km) and self._is(one, day)
        )
        return max(valid, key=lambda one: (one.valid_from, one.per_km), default=None)

    def country(self, been: Iterable[str]) -> str:
        """Which country counts for a day on which somebody was in these, in this order: the one
        abroad that was reached last, else home.
        """
        abroad = [country for country in been if country != self.home]
        return abroad[-1] if abroad else self.home

    def _is(self, rate: PerDiemRate | MileageRate, day: dt.date) -> bool:
        begun = rate.valid_from <= day and rate.currency == self.currency
        return begun and (rate.valid_until is None or day <= rate.valid_until)


def _amounts(rate: PerDiemRate) -> tuple[Decimal, ...]:
    """Its amounts and percents."""
    meals = (rate.percent(meal) for meal in Meal)
    return rate.whole_day, rate.part_day, *meals


def _is_amount(*amounts: Decimal) -> bool:
    return all(amount >= 0 for amount in amounts)
