"""What keeps a trip from being submitted: on the device, with a reason, and on the server again."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from modules.expenses.absence import Trip, TripFault
from modules.expenses.perdiem import Rule
from modules.expenses.rates import Rates
from modules.expenses.reckoned import Reckoned, Row, Written, in_home_currency, reckon
from modules.expenses.sentences import fault_detail
from modules.expenses.trip_entities import MOST_RECEIPTS

MAX_LINES = 300  # drives and items of a trip
MAX_SHOWN = 5  # faults in a sentence
HUNDRED = Decimal(100)
CURRENCY = re.compile("[A-Z]{3}")


@dataclass(frozen=True)
class Fault:
    """A stable code with the values of its sentence (`words` says it). row: the part that it is
    about. EXPENSES.md has the codes.
    """

    code: str
    values: dict[str, str] = field(default_factory=dict, hash=False)
    row: uuid.UUID | None = None

    @property
    def detail(self) -> str:
        """In English."""
        return fault_detail(self.code, self.values)


def fault_of(fault: TripFault) -> Fault:
    """A trip that cannot be, among the other faults."""
    return Fault(fault.code, fault.values)


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
        return Checked(None, (fault_of(fault), *faults))
    faults += [*_rates(reckoned), *_beyond(written, limits, rates.currency)]
    return Checked(reckoned, tuple(faults))


def sentence(faults: Sequence[Fault]) -> str:
    """The first of them as one text, for the reason of a trip that comes back."""
    shown = " ".join(fault.detail for fault in faults[:MAX_SHOWN])
    more = len(faults) - MAX_SHOWN
    return f"{shown} And {more} more." if more > 0 else shown


def _sizes(written: Written) -> Iterator[Fault]:
    if not (written.stages or written.drives or written.items):
        yield Fault("trip.empty")
    if len(written.drives) + len(written.items) > MAX_LINES:
        yield Fault("trip.too_many", {"most": str(MAX_LINES)})
    for meal in written.meals:
        if meal["paid"] is not None and meal["paid"] < 0:
            yield Fault("meal.paid", _day(meal), meal["id"])


def _drives(written: Written) -> Iterator[Fault]:
    for drive in written.drives:
        if drive["kilometres"] <= 0:
            yield Fault("drive.kilometres", _day(drive), drive["id"])


def _day(part: Row) -> dict[str, str]:
    return {"day": part["day"].isoformat()}


def _item(item: Row) -> dict[str, str]:
    return _day(item) | {"gross": str(item["gross"]), "currency": item["currency"]}


def _items(written: Written, currency: str) -> Iterator[Fault]:
    for item in written.items:
        row, values = item["id"], _item(item)
        rate, percent = item["exchange_rate"], item["vat_percent"]
        if item["gross"] <= 0:
            yield Fault("item.amount", values, row)
        if not CURRENCY.fullmatch(item["currency"]):
            yield Fault("item.currency", values, row)
        elif item["currency"] == currency and rate is not None:
            yield Fault("item.exchanged", values, row)
        elif item["currency"] != currency and (rate is None or rate <= 0):
            yield Fault("item.not_exchanged", values, row)
        if percent is not None and not 0 <= percent < HUNDRED:
            yield Fault("item.vat", values | {"percent": str(percent)}, row)


def _rates(reckoned: Reckoned) -> Iterator[Fault]:
    for day in reckoned.days:
        if day.rule is Rule.NO_RATE:
            yield Fault("rate.missing", {"day": day.day.isoformat(), "country": day.country})
    for row, one in reckoned.drives:
        if one.rate is None:
            values = {"day": one.drive.day.isoformat(), "vehicle": one.drive.vehicle}
            yield Fault("mileage.missing", values, row)


def _beyond(written: Written, limits: Sequence[Row], currency: str) -> Iterator[Fault]:
    """What is more than a limit, or lacks a receipt; where several limits are for an item, all
    are.
    """
    for item in written.items:
        amount = in_home_currency(item, currency).amount
        receipts = [one for one in written.receipts if one["item"] == item["id"]]
        row, values = item["id"], _item(item)
        if len(receipts) > MOST_RECEIPTS:
            yield Fault("item.receipts", values | {"most": str(MOST_RECEIPTS)}, row)
        mine = [one for one in limits if _is_for(one, item, currency)]
        most = min((one["most"] for one in mine if one["most"] is not None), default=None)
        if most is not None and amount > most:
            yield Fault("item.over_limit", values | {"most": str(most), "home": currency}, row)
        bounds = [one["receipt_above"] for one in mine if one["receipt_above"] is not None]
        if bounds and amount > min(bounds) and not receipts:
            yield Fault("item.no_receipt", values, row)


def _is_for(limit: Row, item: Row, currency: str) -> bool:
    day: dt.date = item["day"]
    until: dt.date | None = limit["valid_until"]
    return (
        limit["currency"] == currency
        and limit["expense_type"] in (None, item["expense_type"])
        and limit["valid_from"] <= day
        and (until is None or day <= until)
    )
