"""What a trip comes to: its rows read, reckoned by the rates, and kept line by line.

Pure, and the same on the device, for the total while somebody types, and on the server, which keeps
what it reckoned with the trip.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from modules.expenses.absence import ProvidedMeal, Stage, Trip, TripFault
from modules.expenses.mileage import Drive, Driven, driven
from modules.expenses.money import Money, Vat, exchanged, nothing, total, vat_totals
from modules.expenses.perdiem import Day, per_diems
from modules.expenses.rates import Meal, MileageRate, PerDiemRate, Rates

Row = Mapping[str, Any]  # the values of a row as programs use them, by field, with its `id`


@dataclass(frozen=True)
class Written:
    """A trip as it is written: its row and those that follow it, but for corrections."""

    trip: Row
    stages: Sequence[Row] = ()
    meals: Sequence[Row] = ()
    drives: Sequence[Row] = ()
    items: Sequence[Row] = ()
    receipts: Sequence[Row] = ()


@dataclass(frozen=True)
class Reckoned:
    """days: of this trip. drives, items: by their rows, in the currency of statements; an item
    that cannot be exchanged is nothing.
    """

    days: tuple[Day, ...]
    drives: tuple[tuple[uuid.UUID, Driven], ...]
    items: tuple[tuple[uuid.UUID, Money], ...]
    vat: tuple[Vat, ...]
    currency: str

    @property
    def per_diems(self) -> Money:
        """Of all days."""
        return total((one.amount for one in self.days), self.currency)

    @property
    def mileage(self) -> Money:
        """Of all drives."""
        return total((one.amount for _, one in self.drives), self.currency)

    @property
    def expenses(self) -> Money:
        """Of all items."""
        return total((amount for _, amount in self.items), self.currency)

    @property
    def total(self) -> Money:
        """Of everything."""
        return self.per_diems + self.mileage + self.expenses


def rates_of(per_diem_rates: Iterable[Row], mileage_rates: Iterable[Row]) -> Rates:
    """The rates, of their rows."""
    return Rates(
        tuple(
            PerDiemRate(
                row["country"], row["valid_from"], row["valid_until"], row["currency"],
                row["whole_day"], row["part_day"], dt.timedelta(minutes=row["longer_than"]),
                row["breakfast_percent"], row["lunch_percent"], row["dinner_percent"],
                row["source"],
            )
            for row in per_diem_rates
        ),
        tuple(
            MileageRate(
                row["vehicle"], row["valid_from"], row["valid_until"], row["currency"],
                row["per_km"], row["source"],
            )
            for row in mileage_rates
        ),
    )  # fmt: skip


def trip_of(written: Written, currency: str) -> Trip | None:
    """Its times and meals; None for one without stages, which is given no per diem. What was
    reckoned by the server is settled. TripFault for a zone that there is not.
    """
    if not written.stages:
        return None
    kept = written.trip["reckoned"]
    return Trip(
        str(written.trip["id"]),
        tuple(_stage(row) for row in written.stages),
        tuple(
            ProvidedMeal(
                row["day"],
                Meal(row["meal"]),
                None if row["paid"] is None else Money(row["paid"], currency),
            )
            for row in written.meals
        ),
        None if kept is None else settled_days(kept),
    )


def _stage(row: Row) -> Stage:
    try:
        zone = ZoneInfo(row["zone"])
    except (ZoneInfoNotFoundError, ValueError, OSError):  # ValueError: no key at all
        raise TripFault("stage.no_zone", zone=row["zone"]) from None
    starts, ends = row["starts_at"].astimezone(zone), row["ends_at"].astimezone(zone)
    return Stage(row["country"], starts, ends, sleeps=not row["awake"])


def reckon(written: Written, others: Iterable[Trip], rates: Rates) -> Reckoned:
    """What a trip comes to. others: the person's other trips, whose days may be the same ones.
    TripFault.
    """
    trip = trip_of(written, rates.currency)
    days = () if trip is None else per_diems([trip, *others], rates)
    items = tuple((row["id"], in_home_currency(row, rates.currency)) for row in written.items)
    taxed = (
        (amount, row["vat_percent"])
        for row, (_, amount) in zip(written.items, items, strict=True)
        if row["vat_percent"] is not None
    )
    return Reckoned(
        tuple(one for one in days if trip is not None and one.trip == trip.key),
        tuple(
            (row["id"], driven(Drive(row["day"], row["vehicle"], row["kilometres"]), rates))
            for row in written.drives
        ),
        items,
        vat_totals(taxed, rates.currency),
        rates.currency,
    )


def in_home_currency(item: Row, currency: str) -> Money:
    """What an item is in the currency of statements; nothing without a rate for it."""
    amount = Money(item["gross"], item["currency"])
    if amount.currency == currency:
        return amount
    if item["exchange_rate"] is None:
        return nothing(currency)
    return exchanged(amount, item["exchange_rate"], currency)


def as_data(reckoned: Reckoned) -> dict[str, object]:
    """To be kept with the trip: every line with the rate that it was reckoned by. Decimals are
    texts.
    """
    return {
        "currency": reckoned.currency,
        "days": [_day_data(one) for one in reckoned.days],
        "drives": {
            str(row): [str(one.rate.per_km) if one.rate else None, str(one.amount.amount)]
            for row, one in reckoned.drives
        },
        "items": {str(row): str(amount.amount) for row, amount in reckoned.items},
        "vat": [
            [str(part) for part in (one.percent, one.gross.amount, one.net.amount, one.tax.amount)]
            for one in reckoned.vat
        ],
        "total": str(reckoned.total.amount),
    }


def _day_data(one: Day) -> dict[str, object]:
    return {
        "day": one.day.isoformat(),
        "rule": str(one.rule),
        "country": one.country,
        "minutes": int(one.absent.total_seconds()) // 60,
        "whole_day": str(one.rate.whole_day) if one.rate else None,
        "base": str(one.base.amount),
        "meals": {str(off.meal): str(off.amount.amount) for off in one.reductions},
        "already": str(one.already.amount),
        "amount": str(one.amount.amount),
    }


def settled_days(kept: Mapping[str, Any]) -> dict[dt.date, Money]:
    """What each day was given, of `as_data`."""
    return {
        dt.date.fromisoformat(one["day"]): Money(Decimal(one["amount"]), kept["currency"])
        for one in kept["days"]
    }
