"""Rules and faults in the reader's language: for the portal, the rep's screen and statements.

Both kinds of `Words` speak here, the portal's and the screen's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Protocol

from babel import Locale, numbers

from modules.expenses.sentences import FAULTS, RULES, VEHICLES


class Speaker(Protocol):
    """Somebody's language."""

    @property
    def locale(self) -> Locale:
        """Of Babel."""

    def __call__(self, message: str, **values: object) -> str:
        """The message in this language."""

    def day(self, value: dt.date) -> str:
        """A calendar day."""

    def number(self, value: int | Decimal) -> str:
        """With every digit that it has."""


def money(say: Speaker, amount: Decimal | str, currency: str) -> str:
    """An amount as the reader writes it, to its last digit."""
    exact = Decimal(amount)
    if exact == exact.quantize(Decimal("0.01")):
        return str(numbers.format_currency(exact, currency, locale=say.locale))
    return f"{say.number(exact)} {currency}"


def country(say: Speaker, code: str) -> str:
    """What a country is called; its code where nobody knows it."""
    return str(say.locale.territories.get(code, code))


def vehicle(say: Speaker, name: str) -> str:
    """What a kind of vehicle is called; as the office named it, where it did."""
    return say(VEHICLES.get(name, name))


def short(number: Decimal) -> Decimal:
    """Without the zeros that are kept behind the point."""
    plain = number.normalize()
    return plain.quantize(Decimal(1)) if plain == plain.to_integral_value() else plain


def hours(minutes: int) -> str:
    """How long, as a clock writes it."""
    return f"{minutes // 60}:{minutes % 60:02} h"


def rule_words(say: Speaker, rule: str, absent: dt.timedelta, of: str) -> str:
    """Why a day is given what it is. rule: of perdiem.Rule. of: the country's code."""
    minutes = int(absent.total_seconds()) // 60
    values = {"hours": hours(minutes), "country": country(say, of)}
    return say(RULES[rule]) % values  # not every rule has places


def fault_words(say: Speaker, code: str, values: Mapping[str, str]) -> str:
    """What is wrong, with its values as the reader writes them. code, values: of a Fault."""
    return say(FAULTS[code]) % {name: _said(say, name, text) for name, text in values.items()}


def _said(say: Speaker, name: str, text: str) -> str:
    if name == "country":
        return country(say, text)
    if name == "vehicle":
        return vehicle(say, text)
    try:
        if name == "day":
            return say.day(dt.date.fromisoformat(text))
        if name in ("gross", "most", "percent"):
            return say.number(Decimal(text))
    except (ValueError, InvalidOperation):
        pass  # kept by a later version: as it is
    return text
