"""Trips that share a day, worked out by hand."""

from __future__ import annotations

from tests.expenses.written import Several

SEVERAL = [
    Several(
        "two trips on one day add up: the last one is given it",
        [["DE 2026-03-02 07:00 / 2026-03-02 11:00"], ["DE 2026-03-02 13:00 / 2026-03-02 18:00"]],
        ["0 2026-03-02 other_trip DE 0.00", "1 2026-03-02 long_day DE 14.00"],
    ),
    Several(
        "exactly 8 hours together",
        [["DE 2026-03-02 07:00 / 2026-03-02 11:00"], ["DE 2026-03-02 13:00 / 2026-03-02 17:00"]],
        ["0 2026-03-02 too_short DE 0.00", "1 2026-03-02 too_short DE 0.00"],
    ),
    Several(
        "three of three hours",
        [
            ["DE 2026-03-02 06:00 / 2026-03-02 09:00"],
            ["DE 2026-03-02 10:00 / 2026-03-02 13:00"],
            ["DE 2026-03-02 14:00 / 2026-03-02 17:00"],
        ],
        [
            "0 2026-03-02 other_trip DE 0.00",
            "1 2026-03-02 other_trip DE 0.00",
            "2 2026-03-02 long_day DE 14.00",
        ],
    ),
    Several(
        "back from a night, and away for a long day: once",
        [["DE 2026-03-01 08:00 / 2026-03-02 10:00"], ["DE 2026-03-02 12:00 / 2026-03-02 21:00"]],
        [
            "0 2026-03-01 travel_day DE 14.00",
            "0 2026-03-02 other_trip DE 0.00",
            "1 2026-03-02 long_day DE 14.00",
        ],
    ),
    Several(
        "back from abroad, and a long day at home: the higher one",
        [["FR 2026-03-01 08:00 / 2026-03-02 10:00"], ["DE 2026-03-02 11:00 / 2026-03-02 21:00"]],
        [
            "0 2026-03-01 travel_day FR 36.00",
            "0 2026-03-02 travel_day FR 36.00",
            "1 2026-03-02 other_trip DE 0.00",
        ],
    ),
    Several(
        "back in the morning, off again in the evening: one day of travel",
        [["DE 2026-03-01 08:00 / 2026-03-02 10:00"], ["DE 2026-03-02 18:00 / 2026-03-03 12:00"]],
        [
            "0 2026-03-01 travel_day DE 14.00",
            "0 2026-03-02 other_trip DE 0.00",
            "1 2026-03-02 travel_day DE 14.00",
            "1 2026-03-03 travel_day DE 14.00",
        ],
    ),
    Several(
        "two nights worked through: each has its day",
        [
            ["DE 2026-03-02 20:00 / 2026-03-03 05:00 awake"],
            ["DE 2026-03-03 20:00 / 2026-03-04 05:00 awake"],
        ],
        [
            "0 2026-03-02 other_day DE 0.00",
            "0 2026-03-03 over_midnight DE 14.00",
            "1 2026-03-03 other_trip DE 0.00",
            "1 2026-03-04 over_midnight DE 14.00",
        ],
    ),
    Several(
        "a meal that both trips name is taken off once",
        [["DE 2026-03-02 07:00 / 2026-03-02 11:00"], ["DE 2026-03-02 13:00 / 2026-03-02 18:00"]],
        ["0 2026-03-02 other_trip DE 0.00", "1 2026-03-02 long_day DE 2.80"],
        meals={0: ["2026-03-02 lunch"], 1: ["2026-03-02 lunch"]},
    ),
    Several(
        "a meal of the other trip is taken off the day",
        [["DE 2026-03-02 07:00 / 2026-03-02 11:00"], ["DE 2026-03-02 13:00 / 2026-03-02 18:00"]],
        ["0 2026-03-02 other_trip DE 0.00", "1 2026-03-02 long_day DE 8.40"],
        meals={0: ["2026-03-02 breakfast"]},
    ),
    Several(
        "with one that was settled for nothing, the day is given now",
        [["DE 2026-03-02 13:00 / 2026-03-02 18:00"], ["DE 2026-03-02 07:00 / 2026-03-02 11:00"]],
        ["1 2026-03-02 long_day DE 14.00"],
        settled={0: {"2026-03-02": "0.00"}},
    ),
    Several(
        "with one that was settled for the day, nothing is left of it",
        [["DE 2026-03-02 06:00 / 2026-03-02 15:00"], ["DE 2026-03-02 16:00 / 2026-03-02 20:00"]],
        ["1 2026-03-02 long_day DE 0.00"],
        settled={0: {"2026-03-02": "14.00"}},
    ),
    Several(
        "with one that was settled for less, the difference is",
        [["DE 2026-03-02 06:00 / 2026-03-02 15:00"], ["FR 2026-03-02 16:00 / 2026-03-03 20:00"]],
        ["1 2026-03-02 travel_day FR 22.00", "1 2026-03-03 travel_day FR 36.00"],
        settled={0: {"2026-03-02": "14.00"}},
    ),
]
