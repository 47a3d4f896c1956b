"""Per diems at home, worked out by hand: hours, nights in a bed, nights without one."""

from __future__ import annotations

from tests.expenses.written import Case

HOURS = [
    Case(
        "exactly 8 hours are not more than 8",
        ["DE 2026-03-02 08:00 / 2026-03-02 16:00"],
        ["2026-03-02 too_short DE 0.00"],
    ),
    Case(
        "a minute more is",
        ["DE 2026-03-02 08:00 / 2026-03-02 16:01"],
        ["2026-03-02 long_day DE 14.00"],
    ),
    Case(
        "a minute less is not",
        ["DE 2026-03-02 08:00 / 2026-03-02 15:59"],
        ["2026-03-02 too_short DE 0.00"],
    ),
    Case(
        "24 hours on one day are a whole day, also without a night",
        ["DE 2026-03-02 00:00 / 2026-03-03 00:00"],
        ["2026-03-02 whole_day DE 28.00"],
    ),
    Case(
        "a minute less than 24 hours is more than 8",
        ["DE 2026-03-02 00:00 / 2026-03-02 23:59"],
        ["2026-03-02 long_day DE 14.00"],
    ),
    Case(
        "and so at the other end",
        ["DE 2026-03-02 00:01 / 2026-03-03 00:00"],
        ["2026-03-02 long_day DE 14.00"],
    ),
    Case(
        "back at midnight: the next day is not touched",
        ["DE 2026-03-02 18:00 / 2026-03-03 00:00"],
        ["2026-03-02 too_short DE 0.00"],
    ),
    Case(
        "a minute",
        ["DE 2026-03-02 08:00 / 2026-03-02 08:01"],
        ["2026-03-02 too_short DE 0.00"],
    ),
    Case(
        "several stages at home add up",
        ["DE 2026-03-02 06:00 / 2026-03-02 10:00", "DE 2026-03-02 10:00 / 2026-03-02 15:00"],
        ["2026-03-02 long_day DE 14.00"],
    ),
    Case(
        "between two stages the traveller is away, too",
        ["DE 2026-03-02 06:00 / 2026-03-02 08:00", "DE 2026-03-02 13:00 / 2026-03-02 14:30"],
        ["2026-03-02 long_day DE 14.00"],
    ),
]

NIGHTS = [
    Case(
        "arrival and departure with a night away ask for no least time",
        ["DE 2026-03-02 23:00 / 2026-03-03 01:00"],
        ["2026-03-02 travel_day DE 14.00", "2026-03-03 travel_day DE 14.00"],
    ),
    Case(
        "one night",
        ["DE 2026-03-02 07:00 / 2026-03-03 16:00"],
        ["2026-03-02 travel_day DE 14.00", "2026-03-03 travel_day DE 14.00"],
    ),
    Case(
        "the day between is whole",
        ["DE 2026-03-02 07:00 / 2026-03-04 16:00"],
        [
            "2026-03-02 travel_day DE 14.00",
            "2026-03-03 whole_day DE 28.00",
            "2026-03-04 travel_day DE 14.00",
        ],
    ),
    Case(
        "a week of work",
        ["DE 2026-03-02 05:00 / 2026-03-06 19:00"],
        [
            "2026-03-02 travel_day DE 14.00",
            "2026-03-03 whole_day DE 28.00",
            "2026-03-04 whole_day DE 28.00",
            "2026-03-05 whole_day DE 28.00",
            "2026-03-06 travel_day DE 14.00",
        ],
    ),
    Case(
        "left at midnight: that day has 24 hours",
        ["DE 2026-03-02 00:00 / 2026-03-03 16:00"],
        ["2026-03-02 whole_day DE 28.00", "2026-03-03 travel_day DE 14.00"],
    ),
    Case(
        "back at midnight: the day before has 24 hours",
        ["DE 2026-03-02 07:00 / 2026-03-04 00:00"],
        ["2026-03-02 travel_day DE 14.00", "2026-03-03 whole_day DE 28.00"],
    ),
    Case(
        "a night on the train, then one in a bed: a night on the following day is enough",
        [
            "DE 2026-03-02 20:00 / 2026-03-03 06:00 awake",
            "DE 2026-03-03 06:00 / 2026-03-04 16:00",
        ],
        [
            "2026-03-02 travel_day DE 14.00",
            "2026-03-03 whole_day DE 28.00",
            "2026-03-04 travel_day DE 14.00",
        ],
    ),
    Case(
        "a night in a bed, then home on the night train: the day before began away",
        [
            "DE 2026-03-02 08:00 / 2026-03-03 20:00",
            "DE 2026-03-03 20:00 / 2026-03-04 05:00 awake",
        ],
        [
            "2026-03-02 travel_day DE 14.00",
            "2026-03-03 whole_day DE 28.00",
            "2026-03-04 travel_day DE 14.00",
        ],
    ),
    Case(
        "the last bed two nights before the way home is no night near it",
        [
            "DE 2026-03-02 08:00 / 2026-03-03 20:00",
            "DE 2026-03-03 20:00 / 2026-03-05 05:00 awake",
        ],
        [
            "2026-03-02 travel_day DE 14.00",
            "2026-03-03 whole_day DE 28.00",
            "2026-03-04 whole_day DE 28.00",
            "2026-03-05 too_short DE 0.00",
        ],
    ),
]

AWAKE = [
    Case(
        "through the night, 9 hours: the day that has more of them",
        ["DE 2026-03-02 20:00 / 2026-03-03 05:00 awake"],
        ["2026-03-02 other_day DE 0.00", "2026-03-03 over_midnight DE 14.00"],
    ),
    Case(
        "and the other way round",
        ["DE 2026-03-02 17:00 / 2026-03-03 02:00 awake"],
        ["2026-03-02 over_midnight DE 14.00", "2026-03-03 other_day DE 0.00"],
    ),
    Case(
        "through the night, exactly 8 hours",
        ["DE 2026-03-02 20:00 / 2026-03-03 04:00 awake"],
        ["2026-03-02 too_short DE 0.00", "2026-03-03 too_short DE 0.00"],
    ),
    Case(
        "a minute more",
        ["DE 2026-03-02 20:00 / 2026-03-03 04:01 awake"],
        ["2026-03-02 other_day DE 0.00", "2026-03-03 over_midnight DE 14.00"],
    ),
    Case(
        "half of it on each day: the first one",
        ["DE 2026-03-02 19:00 / 2026-03-03 05:00 awake"],
        ["2026-03-02 over_midnight DE 14.00", "2026-03-03 other_day DE 0.00"],
    ),
    Case(
        "one day is long by itself: the rest of the night is added to nothing",
        ["DE 2026-03-02 09:00 / 2026-03-03 04:00 awake"],
        ["2026-03-02 long_day DE 14.00", "2026-03-03 too_short DE 0.00"],
    ),
    Case(
        "each day is long by itself",
        ["DE 2026-03-02 12:00 / 2026-03-03 10:00 awake"],
        ["2026-03-02 long_day DE 14.00", "2026-03-03 long_day DE 14.00"],
    ),
    Case(
        "24 hours are a whole day without a bed, too",
        ["DE 2026-03-02 12:00 / 2026-03-04 12:00 awake"],
        [
            "2026-03-02 long_day DE 14.00",
            "2026-03-03 whole_day DE 28.00",
            "2026-03-04 long_day DE 14.00",
        ],
    ),
    Case(
        "three days awake: the night rule is for two",
        ["DE 2026-03-02 18:00 / 2026-03-04 06:00 awake"],
        [
            "2026-03-02 too_short DE 0.00",
            "2026-03-03 whole_day DE 28.00",
            "2026-03-04 too_short DE 0.00",
        ],
    ),
    Case(
        "abroad through the night",
        ["FR 2026-03-02 20:00 / 2026-03-03 05:00 awake"],
        ["2026-03-02 other_day FR 0.00", "2026-03-03 over_midnight FR 36.00"],
    ),
]
