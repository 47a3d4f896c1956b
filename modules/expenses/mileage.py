"""Kilometres: each drive by the rate of its vehicle and its day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from modules.expenses.money import Money, nothing
from modules.expenses.rates import MileageRate, Rates


@dataclass(frozen=True)
class Drive:
    """So many kilometres on a day with a kind of vehicle."""

    day: dt.date
    vehicle: str
    kilometres: Decimal


@dataclass(frozen=True)
class Driven:
    """What a drive comes to, rounded to the cent. rate: None where there is none for it."""

    drive: Drive
    rate: MileageRate | None
    amount: Money


def driven(drive: Drive, rates: Rates) -> Driven:
    """What is paid for a drive."""
    rate = rates.mileage(drive.vehicle, drive.day)
    if rate is None:
        return Driven(drive, None, nothing(rates.currency))
    return Driven(drive, rate, Money(rate.per_km, rate.currency).times(drive.kilometres))
