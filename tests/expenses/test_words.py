"""Rules and faults are said in both languages, on the portal, the screen and statements (D13)."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import pytest

import modules.expenses
from device_sdk.screen import words as screen
from modules.expenses.perdiem import Rule
from modules.expenses.screen.places import countries
from modules.expenses.sentences import FAULTS, RULES, VEHICLES
from modules.expenses.words import Speaker, fault_words, money, rule_words
from server.portal import words as portal

HERE = Path(str(modules.expenses.__file__)).parent
DOCS = HERE.parents[1] / "docs" / "EXPENSES.md"
LOCALE = (HERE / "locale",)
GERMAN = [portal.Words("de", None, LOCALE), screen.Words("de", LOCALE)]


def test_every_rule_and_every_code_has_a_sentence() -> None:
    assert set(RULES) == set(Rule)
    table = DOCS.read_text(encoding="utf-8").split("## The check")[1].split("##")[0]
    lines = re.findall(r"^\| (`.*`) \|", table, re.MULTILINE)
    assert {code for line in lines for code in re.findall(r"`([a-z_.]+)`", line)} == set(FAULTS)


@pytest.mark.parametrize("say", GERMAN)
def test_every_sentence_is_translated(say: Speaker) -> None:
    told = {*RULES.values(), *FAULTS.values(), *VEHICLES.values()}
    assert [one for one in told if say(one) == one] == []


@pytest.mark.parametrize("say", GERMAN)
def test_values_are_as_the_reader_writes_them(say: Speaker) -> None:
    values = {"day": "2026-03-02", "gross": "1050.01", "currency": "USD", "most": "50.00"}
    assert (
        fault_words(say, "item.over_limit", values | {"home": "EUR"})
        == "02.03.2026, 1.050,01 USD: höchstens 50,00 EUR."
    )
    absent = dt.timedelta(hours=7, minutes=5)
    assert rule_words(say, "too_short", absent, "DE").startswith("7:05 h unterwegs")
    assert "Frankreich" in rule_words(say, "no_rate", absent, "FR")
    assert money(say, Decimal("-1234.50"), "EUR") == "-1.234,50\N{NO-BREAK SPACE}€"


def test_countries_are_in_the_order_of_a_dictionary() -> None:
    names = [name for _, name in countries(screen.Words("de"))]
    assert names.index("Norwegen") < names.index("Österreich") < names.index("Polen")
