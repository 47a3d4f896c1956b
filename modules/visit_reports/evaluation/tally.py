"""What the answers to one question come to: counts, shares, averages. Pure."""

from __future__ import annotations

import decimal
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from syncengine.model.fields import Stored
from syncengine.model.questionnaire import SCALE, UNIT, Kind

CHOSEN = (Kind.YES_NO, Kind.ONE, Kind.MANY)
MEASURED = (Kind.NUMBER, Kind.RATING)
COUNTED = (*CHOSEN, *MEASURED, Kind.DATE)  # whose values are; of the others only how many there are
PICTURE = "picture"  # the value of each photo
BARS = 8  # that numbers are drawn in
NICE = (1, 2, 5)  # how wide these are, times a power of ten


@dataclass
class Tally:
    """How often a question was answered, and how often each value was given; of many choices an
    answer gives several.
    """

    answered: int = 0
    values: Counter[Stored] = field(default_factory=Counter)

    def add(self, kind: Kind, values: Iterable[Stored], times: int = 1) -> None:
        """So many answers with these values; with none it is no answer."""
        given = list(values)
        if not given:
            return
        self.answered += times
        if kind in COUNTED:
            for value in given:
                self.values[value] += times
        elif kind is Kind.PHOTO:
            self.values[PICTURE] += times * len(given)

    def take(self, other: Tally) -> None:
        """Add what another one has."""
        self.answered += other.answered
        self.values.update(other.values)

    def share(self, value: Stored) -> Fraction | None:
        """Of the answers, those that gave a value; None without answers."""
        return Fraction(self.values[value], self.answered) if self.answered else None


@dataclass(frozen=True)
class Measures:
    """Of numbers: the least, the greatest, the mean and the median, these two to four digits."""

    least: decimal.Decimal
    most: decimal.Decimal
    mean: decimal.Decimal
    median: decimal.Decimal


def measures(tally: Tally) -> Measures | None:
    """Of a question that asks for a number; None without answers."""
    amounts = sorted(_amounts(tally))
    number = sum(times for _, times in amounts)
    if not number:
        return None
    mean = Fraction(sum(amount * times for amount, times in amounts), number)
    middle = Fraction(_at(amounts, (number - 1) // 2) + _at(amounts, number // 2), 2)
    least, most = Fraction(amounts[0][0]), Fraction(amounts[-1][0])
    return Measures(*(_units(x) for x in (least, most, mean, middle)))


def _amounts(tally: Tally) -> Iterator[tuple[int, int]]:
    for value, times in tally.values.items():
        assert isinstance(value, int)
        yield value, times


def _at(amounts: list[tuple[int, int]], place: int) -> int:
    """The amount at a place of all of them in their order."""
    for amount, times in amounts:
        if place < times:
            return amount
        place -= times
    raise IndexError


def _units(value: Fraction) -> decimal.Decimal:
    """Stored units as a number; half a unit goes to the even one."""
    return decimal.Decimal(round(value)).scaleb(-SCALE)


def days(tally: Tally) -> tuple[str, str] | None:
    """The earliest and the latest of a question that asks for a day."""
    found = sorted(str(day) for day in tally.values)
    return (found[0], found[-1]) if found else None


def months(tally: Tally) -> list[tuple[str, int]]:
    """(month as 2026-01, how many) of days, in order."""
    found: Counter[str] = Counter()
    for day, times in tally.values.items():
        found[str(day)[:7]] += times
    return sorted(found.items())


@dataclass(frozen=True)
class Bar:
    """Amounts from `low` on and below `high`, in stored units."""

    low: int
    high: int
    number: int


def bars(tally: Tally) -> list[Bar]:
    """Numbers in bars of one width, a round one, without a gap from the least to the greatest."""
    amounts = list(_amounts(tally))
    if not amounts:
        return []
    least, most = min(a for a, _ in amounts), max(a for a, _ in amounts)
    width = _round_width(most - least)
    first = least // width
    counts = [0] * (most // width - first + 1)
    for amount, times in amounts:
        counts[amount // width - first] += times
    return [
        Bar((first + n) * width, (first + n + 1) * width, times) for n, times in enumerate(counts)
    ]


def _round_width(span: int) -> int:
    """So that there are at most BARS and one more, which begin at round numbers."""
    power = UNIT if span >= UNIT else 1
    while True:
        for nice in NICE:
            if nice * power * BARS >= span:
                return nice * power
        power *= 10
