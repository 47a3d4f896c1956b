"""A trip as its page shows it: lines in words, whoever reckoned them, and what is wrong where."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from device_sdk.screen.public import Words
from modules.expenses.absence import MAX_DAYS, ONE_DAY
from modules.expenses.device import Objection, Statement
from modules.expenses.perdiem import Rule
from modules.expenses.policy import Fault
from modules.expenses.rates import Rates
from modules.expenses.reckoned import Row, as_data
from modules.expenses.screen import said
from modules.expenses.trip_entities import MEALS

PLACES = {  # where on the page a fault without a row is told, by the beginning of its code
    "trip": "trip", "stage": "stages", "meal": "days", "rate": "days",
}  # fmt: skip


@dataclass(frozen=True)
class Meal:
    """One of a day. rows: those that say it was provided; two where two devices did. off: what it
    takes off; paid: by who travels.
    """

    kind: str
    rows: tuple[uuid.UUID, ...]
    off: str
    paid: str


@dataclass(frozen=True)
class DayLine:
    """One day. amount, rule: empty where the trip's times cannot be; base: with reductions alone.
    on_trip: whether the trip has that day.
    """

    day: dt.date
    amount: str
    rule: str
    away: str
    base: str
    already: str
    given: bool
    meals: tuple[Meal, ...]
    on_trip: bool


@dataclass(frozen=True)
class Sheet:
    """All of it. drives, items: (row, amount, what it was reckoned by). sums: (name, amount).
    faults, objections: by the place, the day or the row that they are told at.
    """

    statement: Statement
    days: tuple[DayLine, ...]
    drives: tuple[tuple[Row, str, str], ...]
    items: tuple[tuple[Row, str, str], ...]
    sums: tuple[tuple[str, str], ...]
    vat: tuple[tuple[str, str], ...]
    total: str
    faults: Mapping[str, Sequence[str]]
    objections: Mapping[str, Sequence[str]]

    @property
    def is_draft(self) -> bool:
        """Whether it is still written."""
        return self.statement.status == "draft"


def sheet_of(
    w: Words, statement: Statement, rates: Rates, objections: Sequence[Objection] = ()
) -> Sheet:
    """Of a trip as it stands. objections: to it, or to the one that it was made from."""
    kept = data_of(statement)
    currency = kept["currency"] if kept else rates.currency
    total, days = statement.total, _days(w, statement, kept, rates)
    return Sheet(
        statement,
        days,
        tuple(_drive(w, row, kept, currency) for row in statement.written.drives),
        tuple(_item(w, row, kept, currency) for row in statement.written.items),
        _sums(w, statement, kept, currency),
        _vat(w, kept, currency),
        said.money(w, total) if total is not None else "",
        faults_of(w, statement.faults),
        _objected(w, objections, {one.day for one in days}),
    )


def data_of(statement: Statement) -> Mapping[str, Any] | None:
    """Every line, as the server reckoned it or else this device; None where it cannot be."""
    if statement.kept is not None:
        return statement.kept
    reckoned = statement.checked.reckoned if statement.checked is not None else None
    return as_data(reckoned) if reckoned is not None else None


def faults_of(w: Words, faults: Sequence[Fault]) -> dict[str, list[str]]:
    """In words, by row or place, each once."""
    found: dict[str, list[str]] = {}
    for one in faults:
        place = str(one.row) if one.row is not None else PLACES[one.code.partition(".")[0]]
        told, text = found.setdefault(place, []), said.fault(w, one)
        if text not in told:
            told.append(text)
    return found


def _objected(
    w: Words, objections: Sequence[Objection], days: set[dt.date]
) -> dict[str, list[str]]:
    """In words, by row or day; those about what a draft has no more, at the trip."""
    found: dict[str, list[str]] = {}
    for one in objections:
        text, place = said.objection(w, one), "trip"
        if one.row is not None:
            place = str(one.row)
        elif one.day in days:
            place = str(one.day)
        elif one.day is not None:
            text = f"{said.weekday(w, one.day)}: {text}"
        found.setdefault(place, []).append(text)
    return found


def days_of_stages(statement: Statement) -> list[dt.date]:
    """From the first stage's day to the last one's, as far as a trip may be."""
    stages = statement.written.stages
    if not stages:
        return []
    first = min(said.there(row["starts_at"], row["zone"]).date() for row in stages)
    last = max(said.there(row["ends_at"], row["zone"]).date() for row in stages)
    count = min(max((last - first).days + 1, 0), MAX_DAYS)
    return [first + n * ONE_DAY for n in range(count)]


def _days(
    w: Words, statement: Statement, kept: Mapping[str, Any] | None, rates: Rates
) -> tuple[DayLine, ...]:
    reckoned = {dt.date.fromisoformat(one["day"]): one for one in kept["days"]} if kept else {}
    of_trip = set(reckoned) or set(days_of_stages(statement))
    provided: dict[tuple[dt.date, str], list[Row]] = {}
    for row in statement.written.meals:
        provided.setdefault((row["day"], row["meal"]), []).append(row)
    every = sorted(of_trip | {day for day, _ in provided})
    currency = kept["currency"] if kept else rates.currency
    return tuple(
        _day(w, day, reckoned.get(day), provided, currency, rates, day in of_trip) for day in every
    )


def _day(
    w: Words,
    day: dt.date,
    line: Mapping[str, Any] | None,
    provided: Mapping[tuple[dt.date, str], Sequence[Row]],
    currency: str,
    rates: Rates,
    on_trip: bool,
) -> DayLine:
    off = line["meals"] if line else {}
    meals = tuple(_meal(w, kind, provided.get((day, kind), ()), off.get(kind), currency)
                  for kind in MEALS)  # fmt: skip
    if line is None:
        return DayLine(day, "", "", "", "", "", False, meals, on_trip)
    already = line["already"] if Decimal(line["already"]) else ""
    return DayLine(
        day,
        said.money(w, line["amount"], currency),
        said.rule(w, line, rates),
        f"{said.country(w, line['country'])}, {said.hours(line['minutes'])}",
        said.money(w, line["base"], currency) if off or already else "",
        said.SIGN + said.money(w, already, currency) if already else "",
        line["rule"] in (Rule.WHOLE_DAY, Rule.TRAVEL_DAY, Rule.LONG_DAY, Rule.OVER_MIDNIGHT),
        meals,
        on_trip,
    )


def _meal(w: Words, kind: str, rows: Sequence[Row], off: str | None, currency: str) -> Meal:
    paid = max((row["paid"] for row in rows if row["paid"] is not None), default=None)
    return Meal(
        kind,
        tuple(row["id"] for row in rows),
        said.SIGN + said.money(w, off, currency) if off is not None else "",
        said.money(w, paid, currency) if paid is not None else "",
    )


def _drive(
    w: Words, row: Row, kept: Mapping[str, Any] | None, currency: str
) -> tuple[Row, str, str]:
    rate, amount = kept["drives"].get(str(row["id"]), (None, None)) if kept else (None, None)
    if rate is None or amount is None:
        return row, "", ""
    by = w("%(amount)s a kilometre", amount=said.money(w, rate, currency))
    return row, said.money(w, amount, currency), by


def _item(
    w: Words, row: Row, kept: Mapping[str, Any] | None, currency: str
) -> tuple[Row, str, str]:
    paid = said.money(w, row["gross"], row["currency"])
    amount = kept["items"].get(str(row["id"])) if kept else None
    if row["currency"] == currency:
        return row, paid, ""
    if amount is None or row["exchange_rate"] is None:
        return row, "", paid
    return (
        row,
        said.money(w, amount, currency),
        w("%(paid)s at %(rate)s", paid=paid, rate=w.number(said.short(row["exchange_rate"]))),
    )


def _sums(
    w: Words, statement: Statement, kept: Mapping[str, Any] | None, currency: str
) -> tuple[tuple[str, str], ...]:
    """What the total is made of, as far as there is something of it."""
    if kept is None:
        return ()
    parts = (
        (w("Per diems"), [one["amount"] for one in kept["days"]]),
        (w("Drives"), [amount for _, amount in kept["drives"].values()]),
        (w("Expenses"), list(kept["items"].values())),
        (w("Corrections of the office"), [one.amount for one in statement.corrections]),
    )
    return tuple(
        (name, said.money(w, sum((Decimal(one) for one in amounts), Decimal(0)), currency))
        for name, amounts in parts
        if amounts
    )


def _vat(w: Words, kept: Mapping[str, Any] | None, currency: str) -> tuple[tuple[str, str], ...]:
    """The tax in what was paid, by rate."""
    lines = kept["vat"] if kept else ()
    return tuple(
        (w("Of it VAT %(percent)s%%", percent=w.number(said.short(Decimal(percent)))),
         said.money(w, tax, currency))
        for percent, _gross, _net, tax in lines
    )  # fmt: skip
