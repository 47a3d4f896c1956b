"""Spans of time as a rep records them, and arithmetic on stretches: pure, all in UTC inside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

NO_TIME = dt.timedelta()
ONE_DAY = dt.timedelta(days=1)

Stretch = tuple[dt.datetime, dt.datetime]  # from, until; both in UTC


class Kind(StrEnum):
    """What a span is of. A visit is never recorded: it comes from its check-in."""

    DAY = "day"  # from the start of work until its end, breaks included
    TRAVEL = "travel"
    BREAK = "break"
    VISIT = "visit"


@dataclass(frozen=True)
class Span:
    """From an instant until another one, both with their zone. ends: None while it lasts."""

    kind: Kind
    starts: dt.datetime
    ends: dt.datetime | None

    @property
    def stretch(self) -> Stretch:
        """Of a span that has ended."""
        assert self.ends is not None
        return utc(self.starts), utc(self.ends)


def utc(at: dt.datetime) -> dt.datetime:
    """The same instant; differences between these are what really passes."""
    return at.astimezone(dt.UTC)


def united(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time with nothing twice, in order; those that touch are one."""
    made: list[Stretch] = []
    for starts, ends in sorted(stretches):
        if made and starts <= made[-1][1]:
            made[-1] = made[-1][0], max(made[-1][1], ends)
        else:
            made.append((starts, ends))
    return made


def within(stretches: Sequence[Stretch], bounds: Sequence[Stretch]) -> list[Stretch]:
    """What of united stretches is inside of united bounds."""
    return [
        (max(starts, since), min(ends, until))
        for starts, ends in stretches
        for since, until in bounds
        if max(starts, since) < min(ends, until)
    ]


def without(stretches: Sequence[Stretch], holes: Sequence[Stretch]) -> list[Stretch]:
    """What of united stretches is outside of united holes."""
    made = []
    for starts, ends in stretches:
        at = starts
        for since, until in within(holes, [(starts, ends)]):
            if at < since:
                made.append((at, since))
            at = until
        if at < ends:
            made.append((at, ends))
    return made


def length(stretches: Iterable[Stretch]) -> dt.timedelta:
    """How long they are together."""
    return sum((ends - starts for starts, ends in stretches), NO_TIME)


def overlap(stretches: Iterable[Stretch]) -> bool:
    """Whether two of them share time."""
    ordered = sorted(stretches)
    return length(ordered) > length(united(ordered))
