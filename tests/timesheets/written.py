"""Days as the tables of these tests write them.

A span is "day 2026-03-02 08:00 / 17:00", its end with a date where it is another day; times are
those of Berlin, "+1" after a time says the second of two that the clock shows in a night in autumn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from modules.timesheets.hours import WorkingDay
from modules.timesheets.spans import Kind, Span

BERLIN = ZoneInfo("Europe/Berlin")


class Case(NamedTuple):
    """One month, or a piece of one. why: what it is about. before: when work ended before it."""

    why: str
    spans: list[str]
    days: list[str]
    before: str | None = None
    holidays: tuple[str, ...] = ()


def at(text: str) -> dt.datetime:
    """A time in Berlin."""
    second = text.endswith("+1")
    found = dt.datetime.fromisoformat(text.removesuffix("+1"))
    return found.replace(tzinfo=BERLIN, fold=int(second))


def span(written: str) -> Span:
    """One span."""
    kind, day, times = written.split(" ", 2)
    begins, ends = (one.strip() for one in times.split("/"))
    until = ends if "-" in ends else f"{day} {ends}"
    return Span(Kind(kind), at(f"{day} {begins}"), at(until))


def line(day: WorkingDay) -> str:
    """As "2026-03-02 8:30 break 0:30: gap", without what is nothing."""
    said = f"{day.day} {clock(day.worked)}"
    for name in ("breaks", "travel", "visits"):
        if lasted := getattr(day, name):
            said += f" {name} {clock(lasted)}"
    return said + (": " + " ".join(day.notices) if day.notices else "")


def clock(lasted: dt.timedelta) -> str:
    """Hours and minutes."""
    minutes = lasted // dt.timedelta(minutes=1)
    return f"{minutes // 60}:{minutes % 60:02}"


def spans(written: Sequence[str]) -> list[Span]:
    """Several."""
    return [span(one) for one in written]
