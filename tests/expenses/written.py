"""Trips and per diems as the tables of these tests write them, and rates to reckon them by.

A stage is "DE 2026-03-02 07:00 / 2026-03-02 15:01", with "awake" where its nights are not slept;
times are those of the country. Rates are in the order of the true ones, those of 2027 are made up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from modules.expenses.absence import ProvidedMeal, Stage, Trip
from modules.expenses.money import Money
from modules.expenses.perdiem import Day
from modules.expenses.rates import Meal, MileageRate, PerDiemRate, Rates

ZONES = {
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "DE": "Europe/Berlin",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "JP": "Asia/Tokyo",
    "NL": "Europe/Amsterdam",
    "PT": "Europe/Lisbon",
    "US": "America/New_York",
    "XK": "Europe/Belgrade",
}


class Case(NamedTuple):
    """One trip. why: the law's reason in a word."""

    why: str
    stages: list[str]
    lines: list[str]
    meals: tuple[str, ...] = ()


class Several(NamedTuple):
    """Trips of one person; lines begin with the trip's place."""

    why: str
    trips: list[list[str]]
    lines: list[str]
    meals: dict[int, list[str]] = {}  # noqa: RUF012
    settled: dict[int, dict[str, str]] = {}  # noqa: RUF012


def day(text: str) -> dt.date:
    """A day."""
    return dt.date.fromisoformat(text)


def euros(amount: str) -> Money:
    """An amount."""
    return Money(Decimal(amount), "EUR")


def rate(
    country: str, whole: str, part: str, since: str = "2024-01-01", until: str | None = None
) -> PerDiemRate:
    """Of a country."""
    return PerDiemRate(
        country, day(since), day(until) if until else None, "EUR", Decimal(whole), Decimal(part),
        dt.timedelta(hours=8), Decimal(20), Decimal(40), Decimal(40), "a test",
    )  # fmt: skip


def mileage(vehicle: str, per_km: str, since: str = "2024-01-01") -> MileageRate:
    """Of a vehicle."""
    return MileageRate(vehicle, day(since), None, "EUR", Decimal(per_km), "a test")


RATES = Rates(
    (
        rate("DE", "24", "12", "2020-01-01", "2023-12-31"),
        rate("DE", "28", "14"),
        rate("DE", "30", "15", "2027-01-01"),
        rate("AT", "33.33", "16.67"),
        rate("BE", "59", "40"),
        rate("FR", "53", "36"),
        rate("FR", "56", "40", "2026-07-01"),
        rate("GB", "66", "44"),
        rate("JP", "50", "33"),
        rate("NL", "47", "32"),
        rate("PT", "32", "21", until="2026-06-30"),
        rate("US", "59", "40"),
    ),
    (
        mileage("car", "0.30"),
        mileage("car", "0.38", "2027-01-01"),
        mileage("motorcycle", "0.20"),
    ),
)


def stage(written: str) -> Stage:
    """One stage."""
    country, times = written[:2], written[3:].removesuffix(" awake")
    zone = ZoneInfo(ZONES[country])
    starts, ends = (dt.datetime.fromisoformat(at.strip()) for at in times.split(" / "))
    awake = written.endswith(" awake")
    return Stage(country, starts.replace(tzinfo=zone), ends.replace(tzinfo=zone), not awake)


def meal(written: str) -> ProvidedMeal:
    """As "2026-03-02 lunch", or "2026-03-02 lunch 3.00" where so much was paid for it."""
    on, kind, *paid = written.split()
    return ProvidedMeal(day(on), Meal(kind), euros(paid[0]) if paid else None)


def trip(
    key: str,
    stages: Sequence[str],
    meals: Sequence[str] = (),
    settled: dict[str, str] | None = None,
) -> Trip:
    """One trip."""
    given = None
    if settled is not None:
        given = {day(on): euros(amount) for on, amount in settled.items()}
    return Trip(key, tuple(map(stage, stages)), tuple(map(meal, meals)), given)


def line(one: Day) -> str:
    """As "2026-03-02 long_day DE 14.00"."""
    return f"{one.day} {one.rule} {one.country} {one.amount.amount}"
