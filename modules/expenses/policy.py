"""What keeps a trip from being submitted: on the device, with a reason, and on the server again."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from modules.expenses.absence import Trip, TripFault
from modules.expenses.perdiem import Rule
from modules.expenses.rates import Rates
from modules.expenses.reckoned import Reckoned, Row, Written, in_home_currency, reckon
from modules.expenses.trip_entities import MOST_RECEIPTS

MAX_LINES = 300  # drives and items of a trip
MAX_SHOWN = 5  # faults in a sentence
HUNDRED = Decimal(100)
CURRENCY = re.compile("[A-Z]{3}")


@dataclass(frozen=True)
class Fault:
    """A stable code and a sentence. row: the part that it is about. EXPENSES.md has the codes."""

    code: str
    detail: str
    row: uuid.UUID | None = None


@dataclass(frozen=True)
class Checked:
    """A trip, reckoned and checked; reckoned: None where its times cannot be."""

    reckoned: Reckoned | None
    faults: tuple[Fault, ...]


def check(written: Written, others: Sequence[Trip], rates: Rates, limits: Sequence[Row]) -> Checked:
    """Reckon a trip and say all that is wrong with it. others: the person's other trips that are
    submitted. limits: rows of expense_limit.
    """
    faults = [*_sizes(written), *_drives(written), *_items(written, rates.currency)]
    try:
        reckoned = reckon(written, others, rates)
    except TripFault as fault:
        return Checked(None, (Fault(fault.code, fault.detail), *faults))
    faults += [*_rates(reckoned), *_beyond(written, limits, rates.currency)]
    return Checked(reckoned, tuple(faults))


def sentence(faults: Sequence[Fault]) -> str:
    """The first of them as one text, for the reason of a trip that comes back."""
    shown = " ".join(fault.detail for fault in faults[:MAX_SHOWN])
    more = len(faults) - MAX_SHOWN
    return f"{shown} And {more} more." if more > 0 else shown


def _sizes(written: Written) -> Iterator[Fault]:
    if not (written.stages or written.drives or written.items):
        yield Fault("trip.empty", "There is no stage, no drive and no item.")
    if len(written.drives) + len(written.items) > MAX_LINES:
        yield Fault("trip.too_many", f"A trip has at most {MAX_LINES} drives and items.")
    for meal in written.meals:
        if meal["paid"] is not None and meal["paid"] < 0:
            yield Fault("meal.paid", f"{meal['day']}: less than nothing paid.", meal["id"])


def _drives(written: Written) -> Iterator[Fault]:
    for drive in written.drives:
        if drive["kilometres"] <= 0:
            yield Fault("drive.kilometres", f"{drive['day']}: no kilometres.", drive["id"])


def _items(written: Written, currency: str) -> Iterator[Fault]:
    for item in written.items:
        row, said = item["id"], f"{item['day']}, {item['gross']} {item['currency']}"
        rate, percent = item["exchange_rate"], item["vat_percent"]
        if item["gross"] <= 0:
            yield Fault("item.amount", f"{said}: no amount.", row)
        if not CURRENCY.fullmatch(item["currency"]):
            yield Fault("item.currency", f"{said}: no currency; EUR is one.", row)
        elif item["currency"] == currency and rate is not None:
            yield Fault("item.exchanged", f"{said}: needs no exchange rate.", row)
        elif item["currency"] != currency and (rate is None or rate <= 0):
            yield Fault("item.not_exchanged", f"{said}: needs an exchange rate.", row)
        if percent is not None and not 0 <= percent < HUNDRED:
            yield Fault("item.vat", f"{said}: {percent} is no rate of value added tax.", row)


def _rates(reckoned: Reckoned) -> Iterator[Fault]:
    for day in reckoned.days:
        if day.rule is Rule.NO_RATE:
            said = f"{day.day}: there is no per diem rate for {day.country}."
            yield Fault("rate.missing", said)
    for row, one in reckoned.drives:
        if one.rate is None:
            said = f"{one.drive.day}: there is no rate for {one.drive.vehicle}."
            yield Fault("mileage.missing", said, row)


def _beyond(written: Written, limits: Sequence[Row], currency: str) -> Iterator[Fault]:
    """What is more than a limit, or lacks a receipt; where several limits are for an item, all
    are.
    """
    for item in written.items:
        amount = in_home_currency(item, currency).amount
        receipts = [one for one in written.receipts if one["item"] == item["id"]]
        said = f"{item['day']}, {item['gross']} {item['currency']}"
        if len(receipts) > MOST_RECEIPTS:
            detail = f"{said}: more than {MOST_RECEIPTS} receipts."
            yield Fault("item.receipts", detail, item["id"])
        mine = [one for one in limits if _is_for(one, item, currency)]
        most = min((one["most"] for one in mine if one["most"] is not None), default=None)
        if most is not None and amount > most:
            yield Fault("item.over_limit", f"{said}: at most {most} {currency}.", item["id"])
        bounds = [one["receipt_above"] for one in mine if one["receipt_above"] is not None]
        if bounds and amount > min(bounds) and not receipts:
            yield Fault("item.no_receipt", f"{said}: a receipt is missing.", item["id"])


def _is_for(limit: Row, item: Row, currency: str) -> bool:
    day: dt.date = item["day"]
    until: dt.date | None = limit["valid_until"]
    return (
        limit["currency"] == currency
        and limit["expense_type"] in (None, item["expense_type"])
        and limit["valid_from"] <= day
        and (until is None or day <= until)
    )
