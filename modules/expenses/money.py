"""Amounts: exact decimals with their currency, never mixed and never a float.

Rounding is half up to the cent (0.005 becomes 0.01), once for each line that is shown, so that
whoever adds the lines up comes to the total.
"""

from __future__ import annotations

import decimal
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from syncengine.model.fields import EXACT

CENT = Decimal("0.01")
HUNDRED = Decimal(100)


class MixedCurrencies(ValueError):
    """Amounts of two currencies have no sum: exchange one of them first."""


@dataclass(frozen=True)
class Money:
    """An amount of a currency, by its ISO 4217 code."""

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise MixedCurrencies(f"{self.currency} and {other.currency}")
        return other.amount

    def times(self, factor: Decimal) -> Money:
        """Multiplied, and rounded to the cent."""
        return Money(rounded(EXACT.multiply(self.amount, factor)), self.currency)

    def at_least_nothing(self) -> Money:
        """Itself, or nothing where it is less than that."""
        return Money(max(self.amount, Decimal("0.00")), self.currency)


def rounded(amount: Decimal) -> Decimal:
    """To the cent, half up."""
    return amount.quantize(CENT, decimal.ROUND_HALF_UP, EXACT)


def nothing(currency: str) -> Money:
    """No amount of a currency."""
    return Money(Decimal("0.00"), currency)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum; MixedCurrencies."""
    return sum(amounts, nothing(currency))


def exchanged(money: Money, rate: Decimal, into: str) -> Money:
    """What money is in another currency. rate: what one unit of it costs there."""
    return Money(money.times(rate).amount, into)


@dataclass(frozen=True)
class Vat:
    """What was paid at one rate of value added tax, in percent; gross is net and tax."""

    percent: Decimal
    gross: Money
    net: Money
    tax: Money


def vat_of(gross: Money, percent: Decimal) -> Vat:
    """The tax in a gross amount: each receipt is rounded by itself, as it was when it was
    written.
    """
    tax = Money(
        rounded(EXACT.divide(EXACT.multiply(gross.amount, percent), HUNDRED + percent)),
        gross.currency,
    )
    return Vat(percent, gross, gross - tax, tax)


def vat_totals(items: Iterable[tuple[Money, Decimal]], currency: str) -> tuple[Vat, ...]:
    """By rate, the highest first: the sums of what each receipt has. items: (gross, percent)."""
    by_rate: dict[Decimal, list[Vat]] = {}
    for gross, percent in items:
        by_rate.setdefault(percent, []).append(vat_of(gross, percent))
    return tuple(
        Vat(
            percent,
            total((one.gross for one in by_rate[percent]), currency),
            total((one.net for one in by_rate[percent]), currency),
            total((one.tax for one in by_rate[percent]), currency),
        )
        for percent in sorted(by_rate, reverse=True)
    )
