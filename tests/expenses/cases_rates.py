"""Per diems worked out by hand: what meals take off, and which day has which rate."""

from __future__ import annotations

from tests.expenses.written import Case

MEALS = [
    Case(
        "a lunch takes off 40 % of the whole day, not of the part",
        ["DE 2026-03-02 07:00 / 2026-03-02 18:00"],
        ["2026-03-02 long_day DE 2.80"],
        ("2026-03-02 lunch",),
    ),
    Case(
        "never less than nothing",
        ["DE 2026-03-02 07:00 / 2026-03-02 18:00"],
        ["2026-03-02 long_day DE 0.00"],
        ("2026-03-02 lunch", "2026-03-02 dinner"),
    ),
    Case(
        "breakfast takes off 20 %",
        ["DE 2026-03-02 07:00 / 2026-03-04 16:00"],
        [
            "2026-03-02 travel_day DE 14.00",
            "2026-03-03 whole_day DE 22.40",
            "2026-03-04 travel_day DE 14.00",
        ],
        ("2026-03-03 breakfast",),
    ),
    Case(
        "all three leave nothing of a whole day",
        ["DE 2026-03-02 00:00 / 2026-03-03 00:00"],
        ["2026-03-02 whole_day DE 0.00"],
        ("2026-03-02 breakfast", "2026-03-02 lunch", "2026-03-02 dinner"),
    ),
    Case(
        "a hotel's breakfast on the day of departure",
        ["DE 2026-03-02 07:00 / 2026-03-03 16:00"],
        ["2026-03-02 travel_day DE 14.00", "2026-03-03 travel_day DE 8.40"],
        ("2026-03-03 breakfast",),
    ),
    Case(
        "dinner and breakfast: what one day cannot bear is not taken off the next",
        ["DE 2026-03-02 07:00 / 2026-03-03 16:00"],
        ["2026-03-02 travel_day DE 0.00", "2026-03-03 travel_day DE 8.40"],
        ("2026-03-02 lunch", "2026-03-02 dinner", "2026-03-03 breakfast"),
    ),
    Case(
        "what the traveller paid makes the reduction smaller",
        ["DE 2026-03-02 07:00 / 2026-03-02 18:00"],
        ["2026-03-02 long_day DE 5.80"],
        ("2026-03-02 lunch 3.00",),
    ),
    Case(
        "who paid more than the reduction gets no more for it",
        ["DE 2026-03-02 07:00 / 2026-03-02 18:00"],
        ["2026-03-02 long_day DE 14.00"],
        ("2026-03-02 lunch 15.00",),
    ),
    Case(
        "nothing is taken off nothing",
        ["DE 2026-03-02 09:00 / 2026-03-02 15:00"],
        ["2026-03-02 too_short DE 0.00"],
        ("2026-03-02 lunch",),
    ),
    Case(
        "abroad by the whole day of that country",
        ["FR 2026-03-02 07:00 / 2026-03-03 16:00"],
        ["2026-03-02 travel_day FR 36.00", "2026-03-03 travel_day FR 25.40"],
        ("2026-03-03 breakfast",),
    ),
    Case(
        "each reduction is rounded by itself: 6.666 is 6.67, 13.332 is 13.33",
        ["AT 2026-03-02 00:00 / 2026-03-03 00:00"],
        ["2026-03-02 whole_day AT 13.33"],
        ("2026-03-02 breakfast", "2026-03-02 lunch"),
    ),
    Case(
        "at the arrival and at the whole day, each by its own day",
        ["DE 2026-03-02 07:00 / 2026-03-04 16:00"],
        [
            "2026-03-02 travel_day DE 2.80",
            "2026-03-03 whole_day DE 5.60",
            "2026-03-04 travel_day DE 8.40",
        ],
        ("2026-03-02 dinner", "2026-03-03 lunch", "2026-03-03 dinner", "2026-03-04 breakfast"),
    ),
]

CHANGES = [
    Case(
        "rates that change over New Year: each day its own",
        ["DE 2026-12-30 08:00 / 2027-01-02 18:00"],
        [
            "2026-12-30 travel_day DE 14.00",
            "2026-12-31 whole_day DE 28.00",
            "2027-01-01 whole_day DE 30.00",
            "2027-01-02 travel_day DE 15.00",
        ],
    ),
    Case(
        "and so its meals",
        ["DE 2026-12-30 08:00 / 2027-01-02 18:00"],
        [
            "2026-12-30 travel_day DE 14.00",
            "2026-12-31 whole_day DE 16.80",
            "2027-01-01 whole_day DE 18.00",
            "2027-01-02 travel_day DE 15.00",
        ],
        ("2026-12-31 dinner", "2027-01-01 dinner"),
    ),
    Case(
        "New Year 2024, when the law's amounts rose",
        ["DE 2023-12-31 08:00 / 2024-01-01 18:00"],
        ["2023-12-31 travel_day DE 12.00", "2024-01-01 travel_day DE 14.00"],
    ),
    Case(
        "through the night of New Year: the day that has more hours, by its rate",
        ["DE 2026-12-31 20:00 / 2027-01-01 05:00 awake"],
        ["2026-12-31 other_day DE 0.00", "2027-01-01 over_midnight DE 15.00"],
    ),
    Case(
        "a rate that ended has no day more",
        ["PT 2026-06-30 08:00 / 2026-07-01 18:00"],
        ["2026-06-30 travel_day PT 21.00", "2026-07-01 no_rate PT 0.00"],
    ),
    Case(
        "of two that are valid the one that began last",
        ["FR 2026-06-30 08:00 / 2026-07-01 18:00"],
        ["2026-06-30 travel_day FR 36.00", "2026-07-01 travel_day FR 40.00"],
    ),
    Case(
        "before the first rate there is none",
        ["DE 2019-12-31 08:00 / 2020-01-01 18:00"],
        ["2019-12-31 no_rate DE 0.00", "2020-01-01 travel_day DE 12.00"],
    ),
]
