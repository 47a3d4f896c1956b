"""Inputs of a part's form: what they show, and what was typed into them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from device_sdk.screen.public import Asked, Words, Wrong, read, title, typed
from modules.expenses.device import Statement
from modules.expenses.rates import Rates
from modules.expenses.reckoned import Row
from modules.expenses.screen import said
from modules.expenses.screen.places import countries, zone_in, zones
from modules.expenses.screen.sheet import days_of_stages

FORMS: dict[str, tuple[str, ...]] = {
    "trip_stage": ("country", "place", "starts_at", "ends_at", "zone", "awake", "remark"),
    "trip_meal": ("paid",),
    "trip_drive": ("day", "vehicle", "kilometres", "route"),
    "trip_item": (
        "day", "expense_type", "gross", "currency", "exchange_rate", "vat_percent",
        "cost_centre", "remark",
    ),
}  # fmt: skip
KINDS = {
    "country": "choice", "zone": "zone", "starts_at": "moment", "ends_at": "moment",
    "awake": "switch", "day": "date", "vehicle": "choice", "expense_type": "choice",
    "kilometres": "number", "gross": "number", "exchange_rate": "number", "vat_percent": "number",
    "paid": "number",
}  # fmt: skip
NEEDED = {"country", "starts_at", "ends_at", "zone", "day", "vehicle", "kilometres",
          "expense_type", "gross", "currency"}  # fmt: skip
HINTS = {
    "awake": "No night in a bed: travelled or worked through",
    "exchange_rate": "Only for another currency: what one unit of it costs",
    "vat_percent": "As the receipt says it; empty where it has none",
    "cost_centre": "Only where it is not the trip's",
    "paid": "What you paid for it yourself is not taken off",
    "starts_at": "By the clock of that place",
}
SUGGESTED = {"currency": ("EUR", "CHF", "GBP", "USD", "CZK", "DKK", "PLN"),
             "vat_percent": ("19", "7", "0")}  # fmt: skip
START, END = dt.time(8), dt.time(17)  # what a first stage is filled with
MOST_KINDS = 300  # kinds of expense to choose from


@dataclass(frozen=True)
class Entry:
    """One input."""

    name: str
    kind: str
    text: str
    choices: tuple[tuple[str, str], ...] = ()
    needed: bool = False
    hint: str = ""
    suggested: tuple[str, ...] = ()


def entries_of(asked: Asked, name: str, texts: Mapping[str, str], rates: Rates) -> list[Entry]:
    """Those of a part's form."""
    w = asked.words
    return [
        Entry(
            one, KINDS.get(one, "text"), texts.get(one, ""),
            _choices(asked, one, texts, rates), one in NEEDED,
            w(HINTS[one]) if one in HINTS else "", SUGGESTED.get(one, ()),
        )
        for one in FORMS[name]
    ]  # fmt: skip


def _choices(
    asked: Asked, name: str, texts: Mapping[str, str], rates: Rates
) -> tuple[tuple[str, str], ...]:
    w = asked.words
    match name:
        case "country":
            return countries(w)
        case "zone":
            return zones(w, texts.get("country", ""))
        case "vehicle":
            names = sorted({one.vehicle for one in rates.mileages} | {texts.get("vehicle", "")})
            return tuple((one, said.vehicle(w, one)) for one in names if one)
        case "expense_type":
            found = asked.device.rows("expense_type", f"active ORDER BY name LIMIT {MOST_KINDS}")
            return tuple((str(row.id), title(row)) for row in found)
        case _:
            return ()


def texts_of(w: Words, name: str, row: Row) -> dict[str, str]:
    """Of a part that is kept; times by the clocks of its place."""
    found = {one: typed(w, row[one]) for one in FORMS[name]}
    for one in ("starts_at", "ends_at"):
        if one in found:
            local = said.there(row[one], row["zone"]).replace(tzinfo=None)
            found[one] = local.isoformat(timespec="minutes")
    for one in ("vat_percent", "exchange_rate"):
        if found.get(one):
            found[one] = w.number(said.short(row[one]))
    return found


def defaults(asked: Asked, statement: Statement, rates: Rates, now: dt.datetime) -> dict[str, str]:
    """What a new part is filled with: a stage goes on where the last one ends."""
    stages = sorted(statement.written.stages, key=lambda row: row["ends_at"])
    days = days_of_stages(statement)
    found = {
        "day": (days[0] if days else now.date()).isoformat(), "currency": rates.currency,
        "vehicle": "car", "country": rates.home, "zone": zone_in(rates.home, ""), "awake": "",
        "starts_at": dt.datetime.combine(now.date(), START).isoformat(timespec="minutes"),
        "ends_at": dt.datetime.combine(now.date(), END).isoformat(timespec="minutes"),
    }  # fmt: skip
    if stages:
        last = texts_of(asked.words, "trip_stage", stages[-1])
        goes_on = {one: last[one] for one in ("country", "zone", "awake")}
        found |= {**goes_on, "starts_at": last["ends_at"], "ends_at": last["ends_at"]}
    return found


def read_all(
    asked: Asked, name: str, texts: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """(values, what is wrong) by field. A zone that is not of the country gives way to its own."""
    w, values, errors = asked.words, dict[str, Any](), dict[str, str]()
    fields = {field.name: field for field in asked.device.form(name).fields}
    zone = zone_in(texts.get("country", ""), texts.get("zone", ""))
    for one in FORMS[name]:
        try:
            match one:
                case "zone":
                    values[one] = zone
                    if not zone:
                        raise Wrong(w("Choose the time zone."))
                case "starts_at" | "ends_at":
                    values[one] = _moment(w, texts[one], zone)
                case "awake":
                    values[one] = texts[one] == "true"
                case "currency":
                    values[one] = read(w, fields[one], texts[one].upper())
                case _:
                    values[one] = read(w, fields[one], texts[one])
        except Wrong as wrong:
            errors[one] = str(wrong)
    return values, errors


def _moment(w: Words, text: str, zone: str) -> dt.datetime:
    try:
        local = dt.datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise Wrong(w("A day and a time are needed.")) from None
    if not 1970 <= local.year < 2200:
        raise Wrong(w("A day and a time are needed."))
    return local.replace(tzinfo=ZoneInfo(zone or "UTC"))
