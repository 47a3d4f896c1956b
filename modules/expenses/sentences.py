"""What is said to people about a trip, by stable codes: why a day is given what it is, and what is
wrong. In English, with places; `words` says it in a reader's language.
"""

from __future__ import annotations

# By perdiem.Rule.
RULES = {
    "whole_day": "Away from midnight to midnight: the rate for a whole day.",
    "travel_day": "Arrival or departure with a night away: the rate for part of a day.",
    "long_day": "Longer than the least time, all trips of the day together: the rate for part of"
    " a day.",
    "over_midnight": "Through the night without a bed: both days together are long enough, and"
    " this one has more of them.",
    "too_short": "Away for %(hours)s: too short for a per diem.",
    "other_trip": "Given with another trip of this day.",
    "other_day": "Given with the trip's other day.",
    "no_rate": "There is no rate for %(country)s on this day.",
}

# Kinds of vehicles that come with the module; the office may name others.
VEHICLES = {"car": "Car", "other": "Other motor vehicle"}

# By Fault.code; EXPENSES.md explains them.
FAULTS = {
    "trip.empty": "There is no stage, no drive and no expense.",
    "trip.too_many": "A trip has at most %(most)s drives and expenses.",
    "trip.too_long": "A trip has at most %(most)s days.",
    "trip.no_stage": "A trip has 1 to %(most)s stages.",
    "trip.overlap": "Two trips are at the same time.",
    "stage.no_zone": "There is no time zone %(zone)s.",
    "stage.backwards": "A stage ends after it starts.",
    "stage.overlap": "Two stages are at the same time.",
    "meal.not_on_trip": "%(day)s is no day of the trip.",
    "meal.paid": "%(day)s: less than nothing was paid for a meal.",
    "drive.kilometres": "%(day)s: no kilometres.",
    "mileage.missing": "%(day)s: there is no rate for %(vehicle)s.",
    "rate.missing": "%(day)s: there is no per diem rate for %(country)s.",
    "item.amount": "%(day)s, %(gross)s %(currency)s: no amount.",
    "item.currency": "%(day)s, %(gross)s %(currency)s: no currency; EUR is one.",
    "item.exchanged": "%(day)s, %(gross)s %(currency)s: needs no exchange rate.",
    "item.not_exchanged": "%(day)s, %(gross)s %(currency)s: needs an exchange rate.",
    "item.vat": "%(day)s, %(gross)s %(currency)s: %(percent)s is no rate of value added tax.",
    "item.over_limit": "%(day)s, %(gross)s %(currency)s: at most %(most)s %(home)s.",
    "item.no_receipt": "%(day)s, %(gross)s %(currency)s: a receipt is missing.",
    "item.receipts": "%(day)s, %(gross)s %(currency)s: more than %(most)s receipts.",
}


def fault_detail(code: str, values: dict[str, str]) -> str:
    """A fault in English, its values as programs write them."""
    return FAULTS[code] % values
