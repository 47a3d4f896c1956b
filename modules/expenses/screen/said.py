"""Amounts, rules, faults and places in the reader's words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import dates

from device_sdk.screen.public import Words
from modules.expenses import words
from modules.expenses.device import Objection
from modules.expenses.money import Money
from modules.expenses.perdiem import Rule
from modules.expenses.policy import Fault
from modules.expenses.rates import Rates
from modules.expenses.sentences import FAULTS

TIMED = (Rule.LONG_DAY, Rule.OVER_MIDNIGHT, Rule.TOO_SHORT)  # rules that the least time decides
STATES = {
    "draft": "Draft",
    "submitted": "Submitted",
    "in_review": "Under review",
    "rejected": "Rejected",
    "approved": "Approved",
    "reimbursed": "Reimbursed",
}
SIGN = "\N{MINUS SIGN}"


def money(w: Words, amount: Money | Decimal | str, currency: str = "") -> str:
    """An amount as it is written here."""
    if isinstance(amount, Money):
        return words.money(w, amount.amount, amount.currency)
    return words.money(w, amount, currency)


def rule(w: Words, day: Mapping[str, Any], rates: Rates) -> str:
    """Why a day is given what it is. day: as it is kept with a trip (`as_data`)."""
    absent = dt.timedelta(minutes=day["minutes"])
    told = words.rule_words(w, day["rule"], absent, day["country"])
    rate = rates.per_diem(day["country"], dt.date.fromisoformat(day["day"]))
    if day["rule"] not in TIMED or rate is None:
        return told
    least = words.hours(int(rate.longer_than.total_seconds()) // 60)
    return told + " " + w("The least time is %(least)s.", least=least)


def fault(w: Words, one: Fault) -> str:
    """What is wrong."""
    return words.fault_words(w, one.code, one.values)


def objection(w: Words, one: Objection) -> str:
    """Why a part was not taken: by the check, or in the office's own words."""
    if one.code not in FAULTS:
        return one.reason
    return words.fault_words(w, one.code, one.values)


def why(w: Words, reason: str, objections: Sequence[Objection]) -> str:
    """Why a trip came back: what the check found in the reader's language, else the office's
    words.
    """
    checked = objections and all(one.code in FAULTS for one in objections)
    return " ".join(objection(w, one) for one in objections) if checked else reason


def vehicle(w: Words, name: str) -> str:
    """A kind of vehicle."""
    return words.vehicle(w, name)


def country(w: Words, code: str) -> str:
    """A country's name."""
    return words.country(w, code)


def hours(minutes: int) -> str:
    """How long."""
    return words.hours(minutes)


def zone(w: Words, name: str) -> str:
    """A time zone by its city."""
    try:
        return str(dates.get_timezone_location(ZoneInfo(name), locale=w.locale, return_city=True))
    except (ZoneInfoNotFoundError, ValueError, LookupError):
        return name


def there(at: dt.datetime, name: str) -> dt.datetime:
    """A time by the clocks of a zone; in UTC where there is none of that name."""
    try:
        return at.astimezone(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return at.astimezone(dt.UTC)


def moment(w: Words, at: dt.datetime, name: str) -> str:
    """A day and a time by the clocks of a zone, which it has already or does not need."""
    local = there(at, name)
    return f"{weekday(w, local.date())}, {local:%H:%M}"


def weekday(w: Words, day: dt.date) -> str:
    """A day, in short."""
    pattern = "EE d. MMM" if w.language == "de" else "EE d MMM"
    return str(dates.format_date(day, pattern, locale=w.locale))


def span(w: Words, first: dt.date, last: dt.date) -> str:
    """From one day until another one."""
    return w.day(first) if first == last else f"{w.day(first)} \N{EN DASH} {w.day(last)}"


def short(number: Decimal) -> Decimal:
    """Without the zeros that are kept behind the point."""
    return words.short(number)
