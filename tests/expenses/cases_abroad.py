"""Per diems abroad, worked out by hand: which country counts, and by whose clocks."""

from __future__ import annotations

from tests.expenses.written import Case

ABROAD = [
    Case(
        "a day abroad",
        ["FR 2026-03-02 07:00 / 2026-03-02 19:00"],
        ["2026-03-02 long_day FR 36.00"],
    ),
    Case(
        "6 hours abroad",
        ["FR 2026-03-02 07:00 / 2026-03-02 13:00"],
        ["2026-03-02 too_short FR 0.00"],
    ),
    Case(
        "the ministry's example: Berlin, Brussels after midnight, Amsterdam, Berlin",
        [
            "DE 2026-03-02 20:00 / 2026-03-03 02:00 awake",
            "BE 2026-03-03 02:00 / 2026-03-04 14:00",
            "NL 2026-03-04 14:00 / 2026-03-05 22:30",
        ],
        [
            "2026-03-02 travel_day DE 14.00",
            "2026-03-03 whole_day BE 59.00",
            "2026-03-04 whole_day NL 47.00",
            "2026-03-05 travel_day NL 32.00",
        ],
    ),
    Case(
        "from abroad to a place at home: that day still the last place abroad",
        [
            "FR 2026-03-02 08:00 / 2026-03-03 10:00",
            "DE 2026-03-03 10:00 / 2026-03-04 15:00",
        ],
        [
            "2026-03-02 travel_day FR 36.00",
            "2026-03-03 whole_day FR 53.00",
            "2026-03-04 travel_day DE 14.00",
        ],
    ),
    Case(
        "abroad a minute before midnight",
        [
            "DE 2026-03-02 18:00 / 2026-03-02 23:59",
            "FR 2026-03-02 23:59 / 2026-03-03 12:00",
        ],
        ["2026-03-02 travel_day FR 36.00", "2026-03-03 travel_day FR 36.00"],
    ),
    Case(
        "abroad at midnight",
        [
            "DE 2026-03-02 18:00 / 2026-03-03 00:00",
            "FR 2026-03-03 00:00 / 2026-03-03 12:00",
        ],
        ["2026-03-02 travel_day DE 14.00", "2026-03-03 travel_day FR 36.00"],
    ),
    Case(
        "three countries on one day: the last one",
        [
            "FR 2026-03-02 06:00 / 2026-03-02 10:00",
            "BE 2026-03-02 10:00 / 2026-03-02 14:00",
            "NL 2026-03-02 14:00 / 2026-03-02 20:00",
        ],
        ["2026-03-02 long_day NL 32.00"],
    ),
    Case(
        "the last one abroad, when the day ends at home",
        ["BE 2026-03-02 07:00 / 2026-03-02 12:00", "DE 2026-03-02 12:00 / 2026-03-02 18:00"],
        ["2026-03-02 long_day BE 40.00"],
    ),
    Case(
        "on the way back through another country",
        [
            "FR 2026-03-02 08:00 / 2026-03-03 12:00",
            "BE 2026-03-03 12:00 / 2026-03-03 16:00",
            "DE 2026-03-03 16:00 / 2026-03-03 18:00",
        ],
        ["2026-03-02 travel_day FR 36.00", "2026-03-03 travel_day BE 40.00"],
    ),
    Case(
        "a country without a rate",
        ["XK 2026-03-02 07:00 / 2026-03-02 19:00"],
        ["2026-03-02 no_rate XK 0.00"],
    ),
]

CLOCKS = [
    Case(
        "to London: clocks say 7:30, it was 8:30",
        ["DE 2026-03-02 08:00 / 2026-03-02 10:00", "GB 2026-03-02 09:00 / 2026-03-02 15:30"],
        ["2026-03-02 long_day GB 44.00"],
    ),
    Case(
        "from London: clocks say 8:30, it was 7:30",
        ["GB 2026-03-02 08:00 / 2026-03-02 13:30", "DE 2026-03-02 14:30 / 2026-03-02 16:30"],
        ["2026-03-02 too_short GB 0.00"],
    ),
    Case(
        "to Tokyo through the night: the next day begins there",
        [
            "DE 2026-03-02 12:00 / 2026-03-03 01:00 awake",
            "JP 2026-03-03 09:00 / 2026-03-05 10:00",
        ],
        [
            "2026-03-02 travel_day DE 14.00",
            "2026-03-03 whole_day JP 50.00",
            "2026-03-04 whole_day JP 50.00",
            "2026-03-05 travel_day JP 33.00",
        ],
    ),
    Case(
        "from New York, over midnight at home",
        [
            "DE 2026-06-01 08:00 / 2026-06-01 10:00",
            "US 2026-06-01 04:00 / 2026-06-03 17:00",
            "DE 2026-06-03 23:00 / 2026-06-04 01:00 awake",
        ],
        [
            "2026-06-01 travel_day US 40.00",
            "2026-06-02 whole_day US 59.00",
            "2026-06-03 whole_day US 59.00",
            "2026-06-04 travel_day DE 14.00",
        ],
    ),
    Case(
        "clocks go forward: 22 to 7 are 8 hours",
        ["DE 2026-03-28 22:00 / 2026-03-29 07:00 awake"],
        ["2026-03-28 too_short DE 0.00", "2026-03-29 too_short DE 0.00"],
    ),
    Case(
        "the same a week before are 9",
        ["DE 2026-03-21 22:00 / 2026-03-22 07:00 awake"],
        ["2026-03-21 other_day DE 0.00", "2026-03-22 over_midnight DE 14.00"],
    ),
    Case(
        "clocks go back: 23 to 7 are 9 hours",
        ["DE 2026-10-24 23:00 / 2026-10-25 07:00 awake"],
        ["2026-10-24 other_day DE 0.00", "2026-10-25 over_midnight DE 14.00"],
    ),
    Case(
        "clocks go back by day: 0:30 to 8 are 8:30",
        ["DE 2026-10-25 00:30 / 2026-10-25 08:00"],
        ["2026-10-25 long_day DE 14.00"],
    ),
    Case(
        "clocks go forward by day: 1 to 10 are 8",
        ["DE 2026-03-29 01:00 / 2026-03-29 10:00"],
        ["2026-03-29 too_short DE 0.00"],
    ),
    Case(
        "the day with 23 hours is a whole one",
        ["DE 2026-03-28 08:00 / 2026-03-30 18:00"],
        [
            "2026-03-28 travel_day DE 14.00",
            "2026-03-29 whole_day DE 28.00",
            "2026-03-30 travel_day DE 14.00",
        ],
    ),
]
