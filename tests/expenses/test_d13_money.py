"""D13: kilometres, other currencies and value added tax, to the cent."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.expenses.mileage import Drive, driven
from modules.expenses.money import (
    MixedCurrencies,
    Money,
    exchanged,
    total,
    vat_of,
    vat_totals,
)
from modules.expenses.rates import MileageRate, PerDiemRate, Rates
from tests.expenses.written import RATES, day, euros

CENTS = st.integers(0, 10**9).map(lambda cents: Money(Decimal(cents).scaleb(-2), "EUR"))
PERCENTS = st.sampled_from([Decimal(n) for n in ("0", "7", "19", "8.1", "25.5")])


@pytest.mark.parametrize(
    ("on", "vehicle", "kilometres", "amount"),
    [
        ("2026-03-02", "car", "120", "36.00"),
        ("2026-03-02", "motorcycle", "120", "24.00"),
        ("2026-03-02", "car", "0.1", "0.03"),
        ("2026-03-02", "car", "1.15", "0.35"),  # 0.345: half up
        ("2026-12-31", "car", "100", "30.00"),
        ("2027-01-01", "car", "100", "38.00"),  # by the day that was driven
    ],
)
def test_kilometres(on: str, vehicle: str, kilometres: str, amount: str) -> None:
    found = driven(Drive(day(on), vehicle, Decimal(kilometres)), RATES)
    assert found.amount == euros(amount)


def test_a_vehicle_without_a_rate_is_given_nothing_and_says_so() -> None:
    found = driven(Drive(day("2026-03-02"), "balloon", Decimal(120)), RATES)
    assert (found.rate, found.amount) == (None, euros("0.00"))


@pytest.mark.parametrize(
    ("amount", "currency", "rate", "euro"),
    [
        ("100.00", "CHF", "1.0512", "105.12"),
        ("9999", "JPY", "0.006123", "61.22"),
        ("0.01", "USD", "0.5", "0.01"),  # 0.005: half up
        ("0.01", "USD", "0.4999", "0.00"),
        ("12345678.91", "USD", "0.912345", "11263518.43"),  # .42514
    ],
)
def test_other_currencies(amount: str, currency: str, rate: str, euro: str) -> None:
    assert exchanged(Money(Decimal(amount), currency), Decimal(rate), "EUR") == euros(euro)


def test_currencies_are_never_mixed() -> None:
    with pytest.raises(MixedCurrencies):
        total([euros("1.00"), Money(Decimal("1.00"), "CHF")], "EUR")
    with pytest.raises(MixedCurrencies):
        euros("1.00") - Money(Decimal("1.00"), "CHF")


@pytest.mark.parametrize(
    ("gross", "percent", "net", "tax"),
    [
        ("119.00", "19", "100.00", "19.00"),
        ("107.00", "7", "100.00", "7.00"),
        ("10.00", "19", "8.40", "1.60"),  # 1.5966
        ("0.03", "19", "0.03", "0.00"),
        ("10.00", "0", "10.00", "0.00"),
        ("-119.00", "19", "-100.00", "-19.00"),  # a credit note
    ],
)
def test_value_added_tax(gross: str, percent: str, net: str, tax: str) -> None:
    found = vat_of(euros(gross), Decimal(percent))
    assert (found.net, found.tax) == (euros(net), euros(tax))


def test_totals_are_by_rate_the_highest_first() -> None:
    items = [(euros(g), Decimal(p)) for g, p in (("10.00", "7"), ("10.00", "19"), ("10.00", "19"))]
    shown = [
        (str(one.percent), str(one.gross.amount), str(one.tax.amount))
        for one in vat_totals(items, "EUR")
    ]
    assert shown == [("19", "20.00", "3.20"), ("7", "10.00", "0.65")]


@given(st.lists(st.tuples(CENTS, PERCENTS), max_size=20))
def test_totals_are_the_sum_of_what_receipts_have(items: list[tuple[Money, Decimal]]) -> None:
    totals = vat_totals(items, "EUR")
    assert total((one.gross for one in totals), "EUR") == total((g for g, _ in items), "EUR")
    assert all(one.net + one.tax == one.gross for one in totals)
    for gross, percent in items:
        one = vat_of(gross, percent)
        exact = gross.amount * percent / (100 + percent)
        assert abs(one.tax.amount - exact) <= Decimal("0.005")


def test_a_rate_with_less_than_nothing_is_none() -> None:
    """However it came to be one: what was changed to it is not refused."""
    begins = dt.date(2026, 1, 1)
    amounts = (Decimal(-28), Decimal(14), dt.timedelta(hours=8), *(Decimal(20),) * 3)
    rates = Rates(
        (PerDiemRate("DE", begins, None, "EUR", *amounts, "typed wrongly"),),
        (MileageRate("car", begins, None, "EUR", Decimal("-0.30"), "typed wrongly"),),
    )
    assert rates.per_diem("DE", begins) is None
    assert rates.mileage("car", begins) is None
