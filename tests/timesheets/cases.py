"""Working days worked by hand: what they come to, and what of them is worth a look.

2026-03-02 is a Monday; clocks go forward on 2026-03-29 and back on 2026-10-25.
"""

from __future__ import annotations

from tests.timesheets.written import Case

HOURS = [
    Case("nothing is recorded", [], []),
    Case("six hours need no break", ["day 2026-03-02 08:00 / 14:00"], ["2026-03-02 6:00"]),
    Case(
        "a break is no work",
        ["day 2026-03-02 08:00 / 16:30", "break 2026-03-02 12:00 / 12:30"],
        ["2026-03-02 8:00 breaks 0:30"],
    ),
    Case(
        "travel and visits are part of the day",
        [
            "day 2026-03-02 08:00 / 12:00",
            "travel 2026-03-02 08:00 / 09:00",
            "visit 2026-03-02 09:00 / 09:40",
        ],
        ["2026-03-02 4:00 travel 1:00 visits 0:40"],
    ),
    Case(
        "two breaks add up",
        [
            "day 2026-03-02 08:00 / 17:00",
            "break 2026-03-02 10:00 / 10:15",
            "break 2026-03-02 13:00 / 13:15",
        ],
        ["2026-03-02 8:30 breaks 0:30"],
    ),
    Case(
        "a break that is noted twice counts once",
        [
            "day 2026-03-02 08:00 / 16:30",
            "break 2026-03-02 12:00 / 12:30",
            "break 2026-03-02 12:00 / 12:30",
        ],
        ["2026-03-02 8:00 breaks 0:30: overlap"],
    ),
    Case(
        "a day that is noted twice counts once",
        ["day 2026-03-02 08:00 / 12:00", "day 2026-03-02 10:00 / 13:00"],
        ["2026-03-02 5:00: overlap"],
    ),
    Case(
        "what touches is one",
        ["day 2026-03-02 08:00 / 10:00", "day 2026-03-02 10:00 / 12:00"],
        ["2026-03-02 4:00"],
    ),
    Case(
        "a break that goes beyond the end counts until there",
        ["day 2026-03-02 08:00 / 12:00", "break 2026-03-02 11:30 / 12:30"],
        ["2026-03-02 3:30 breaks 0:30: outside"],
    ),
    Case(
        "over midnight it is the day on which it began",
        ["day 2026-03-02 20:00 / 2026-03-03 02:00"],
        ["2026-03-02 6:00"],
    ),
    Case(
        "over midnight in two pieces that touch, too",
        ["day 2026-03-02 20:00 / 2026-03-03 00:00", "day 2026-03-03 00:00 / 02:00"],
        ["2026-03-02 6:00"],
    ),
    Case(
        "a break over midnight",
        ["day 2026-03-02 20:00 / 2026-03-03 02:30", "break 2026-03-02 23:45 / 2026-03-03 00:15"],
        ["2026-03-02 6:00 breaks 0:30"],
    ),
    Case(
        "the night in which clocks go forward has an hour less",
        ["day 2026-03-28 22:00 / 2026-03-29 04:00"],
        ["2026-03-28 5:00: sunday"],
    ),
    Case(
        "the night in which they go back has an hour more",
        ["day 2026-10-24 22:00 / 2026-10-25 03:00"],
        ["2026-10-24 6:00: sunday"],
    ),
    Case(
        "between the two hours that the clock calls the same",
        ["day 2026-10-25 02:30 / 02:30+1"],
        ["2026-10-25 1:00: sunday"],
    ),
    Case(
        "seconds are kept, minutes are whole",
        ["day 2026-03-02 08:00:30 / 08:01:20", "day 2026-03-03 08:00 / 08:01:59"],
        ["2026-03-02 0:00", "2026-03-03 0:01"],
    ),
]

LAW = [
    Case(
        "more than six hours need half an hour: § 4",
        ["day 2026-03-02 08:00 / 14:01"],
        ["2026-03-02 6:01: break_short break_late"],
    ),
    Case(
        "29 minutes are too few",
        ["day 2026-03-02 08:00 / 15:00", "break 2026-03-02 12:00 / 12:29"],
        ["2026-03-02 6:31 breaks 0:29: break_short"],
    ),
    Case(
        "nine hours need half an hour",
        ["day 2026-03-02 08:00 / 17:30", "break 2026-03-02 12:00 / 12:30"],
        ["2026-03-02 9:00 breaks 0:30"],
    ),
    Case(
        "more need three quarters",
        ["day 2026-03-02 08:00 / 17:31", "break 2026-03-02 12:00 / 12:30"],
        ["2026-03-02 9:01 breaks 0:30: break_short"],
    ),
    Case(
        "three quarters in three parts",
        [
            "day 2026-03-02 08:00 / 17:46",
            "break 2026-03-02 10:00 / 10:15",
            "break 2026-03-02 12:00 / 12:15",
            "break 2026-03-02 15:00 / 15:15",
        ],
        ["2026-03-02 9:01 breaks 0:45"],
    ),
    Case(
        "parts of less than a quarter of an hour are no break",
        [
            "day 2026-03-02 08:00 / 15:00",
            "break 2026-03-02 10:00 / 10:14",
            "break 2026-03-02 12:00 / 12:16",
        ],
        ["2026-03-02 6:30 breaks 0:30: break_short"],
    ),
    Case(
        "two parts that touch are one",
        [
            "day 2026-03-02 08:00 / 15:00",
            "break 2026-03-02 12:00 / 12:10",
            "break 2026-03-02 12:10 / 12:30",
        ],
        ["2026-03-02 6:30 breaks 0:30"],
    ),
    Case(
        "not more than six hours without one",
        ["day 2026-03-02 08:00 / 16:00", "break 2026-03-02 14:15 / 15:00"],
        ["2026-03-02 7:15 breaks 0:45: break_late"],
    ),
    Case(
        "ten hours are the most: § 3",
        ["day 2026-03-02 08:00 / 18:45", "break 2026-03-02 13:00 / 13:45"],
        ["2026-03-02 10:00 breaks 0:45"],
    ),
    Case(
        "a minute more is too long",
        ["day 2026-03-02 08:00 / 18:46", "break 2026-03-02 13:00 / 13:45"],
        ["2026-03-02 10:01 breaks 0:45: day_long"],
    ),
    Case(
        "a pause between two spans is a break, though none is noted",
        ["day 2026-03-02 08:00 / 12:00", "day 2026-03-02 12:30 / 16:30"],
        ["2026-03-02 8:00: gap"],
    ),
    Case(
        "eleven hours of rest: § 5",
        ["day 2026-03-02 14:00 / 20:00", "day 2026-03-03 07:00 / 12:00"],
        ["2026-03-02 6:00", "2026-03-03 5:00"],
    ),
    Case(
        "a minute less is too short",
        ["day 2026-03-02 14:00 / 20:00", "day 2026-03-03 06:59 / 12:00"],
        ["2026-03-02 6:00", "2026-03-03 5:01: rest_short"],
    ),
    Case(
        "twice on the day after a night is rest between them",
        ["day 2026-03-02 22:00 / 2026-03-03 02:00", "day 2026-03-03 09:00 / 12:00"],
        ["2026-03-02 4:00", "2026-03-03 3:00: rest_short"],
    ),
    Case(
        "eleven hours by the clock are ten when it goes forward",
        ["day 2026-03-28 18:00 / 21:00", "day 2026-03-29 08:00 / 09:00"],
        ["2026-03-28 3:00", "2026-03-29 1:00: rest_short sunday"],
    ),
    Case(
        "rest since the month before",
        ["day 2026-04-01 06:00 / 10:00"],
        ["2026-04-01 4:00: rest_short"],
        before="2026-03-31 20:00",
    ),
    Case(
        "work that goes on from the month before is no rest",
        ["day 2026-04-01 00:00 / 02:00"],
        ["2026-04-01 2:00"],
        before="2026-04-01 00:00",
    ),
    Case(
        "a Sunday: § 9",
        ["day 2026-03-08 10:00 / 11:00"],
        ["2026-03-08 1:00: sunday"],
    ),
    Case(
        "until midnight is no Sunday",
        ["day 2026-03-07 22:00 / 2026-03-08 00:00"],
        ["2026-03-07 2:00"],
    ),
    Case(
        "a break into Sunday is none either",
        ["day 2026-03-07 22:00 / 2026-03-08 00:30", "break 2026-03-08 00:00 / 00:30"],
        ["2026-03-07 2:00 breaks 0:30"],
    ),
    Case(
        "a holiday, where somebody has a calendar of them",
        ["day 2026-05-01 10:00 / 11:00"],
        ["2026-05-01 1:00: holiday"],
        holidays=("2026-05-01",),
    ),
]

RECORD = [
    Case(
        "a pause that is noted is no gap",
        [
            "day 2026-03-02 08:00 / 12:00",
            "break 2026-03-02 12:00 / 12:30",
            "day 2026-03-02 12:30 / 16:30",
        ],
        ["2026-03-02 8:00"],
    ),
    Case(
        "a break while travelling",
        [
            "day 2026-03-02 08:00 / 12:00",
            "travel 2026-03-02 08:00 / 10:00",
            "break 2026-03-02 09:00 / 09:15",
        ],
        ["2026-03-02 3:45 breaks 0:15 travel 2:00: overlap"],
    ),
    Case(
        "a visit during a break",
        [
            "day 2026-03-02 08:00 / 12:00",
            "break 2026-03-02 09:00 / 09:30",
            "visit 2026-03-02 09:15 / 10:00",
        ],
        ["2026-03-02 3:30 breaks 0:30 visits 0:45: overlap"],
    ),
    Case(
        "a visit after the end of work",
        ["day 2026-03-02 08:00 / 12:00", "visit 2026-03-02 12:30 / 13:00"],
        ["2026-03-02 4:00: outside"],
    ),
    Case(
        "travel before the start of work is told at the first day",
        ["travel 2026-03-02 07:00 / 08:30", "day 2026-03-02 08:00 / 12:00"],
        ["2026-03-02 4:00 travel 0:30: outside"],
    ),
    Case(
        "each day has its own",
        [
            "day 2026-03-02 08:00 / 12:00",
            "travel 2026-03-02 11:00 / 13:00",
            "day 2026-03-03 08:00 / 12:00",
        ],
        ["2026-03-02 4:00 travel 1:00: outside", "2026-03-03 4:00"],
    ),
]
