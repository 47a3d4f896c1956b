"""One question's figures in words: as facts, as a table, and as what charts.js draws."""

from __future__ import annotations

import datetime as dt
import decimal
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from modules.visit_reports.evaluation.answers import range_of, text_of
from modules.visit_reports.evaluation.tally import (
    CHOSEN,
    MEASURED,
    PICTURE,
    Tally,
    bars,
    days,
    measures,
    months,
)
from modules.visit_reports.portal.telling import Telling
from syncengine.model.fields import Stored
from syncengine.model.questionnaire import SCALE, UNIT, Kind, Question

CHART_LINES = 40  # of groups and articles; the table has all
CHART_PARTS = 10  # of choices
NONE = "\N{EN DASH}"  # where there is no figure
Address = Callable[..., str]


@dataclass(frozen=True)
class Row:
    """A line of a table. href: of the reports behind it, or of the same page with less."""

    name: str
    cells: Sequence[str]
    href: str = ""


@dataclass(frozen=True)
class Place:
    """A group or an article. narrowed: what the address of its own figures has in place of the
    page's; None: there is none.
    """

    value: Stored
    name: str
    narrowed: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Shown:
    """One question in words. whole: of all places. answers: the address of all of them. grouped:
    whether places are groups; else articles. address: of a page with the same, but for what is
    changed.
    """

    tell: Telling
    question: Question
    whole: Tally
    answers: str
    grouped: bool
    address: Address

    def facts(self) -> list[tuple[str, str]]:
        """What stands above the table."""
        w, kind = self.tell.asked.words, self.question.kind
        measured = measures(self.whole) if kind in MEASURED else None
        if measured is not None:
            named = (
                (w("Average"), measured.mean), (w("Median"), measured.median),
                (w("Least"), measured.least), (w("Most"), measured.most),
            )  # fmt: skip
            return [(name, self._measure(number)) for name, number in named]
        span = days(self.whole) if kind is Kind.DATE else None
        if span is not None:
            named_days = zip((w("Earliest"), w("Latest")), span, strict=True)
            return [(name, self.tell.value(self.question, day)) for name, day in named_days]
        if kind is Kind.PHOTO and self.whole.answered:
            return [(w("Pictures"), w.number(self.whole.values[PICTURE]))]
        return []

    def _measure(self, number: decimal.Decimal) -> str:
        """To two digits: an average has no end."""
        return f"{self.tell.number(round(number, 2))} {self.question.unit}".strip()

    # -- each value by itself

    def values(self) -> dict[str, Any]:
        """How often each was given."""
        w = self.tell.asked.words
        counted = [(name, value, number) for name, value, number in self._counted()]
        if not self.whole.answered or not counted:
            return {}
        rows = [
            Row(name, [w.number(number), self._percent(number)], f"{self.answers}&value={value}")
            for name, value, number in counted
        ]
        chart = {
            "labels": [row.name for row in rows],
            "series": [{"name": w("Answers"), "values": [number for _, _, number in counted],
                        "texts": [f"{row.cells[0]} · {row.cells[1]}" for row in rows],
                        "links": [row.href for row in rows]}],
        }  # fmt: skip
        first = w("Month") if self.question.kind is Kind.DATE else w("Answer")
        return {"first": first, "head": [w("Answers"), w("Share")], "rows": rows,
                "chart": json.dumps(chart)}  # fmt: skip

    def _counted(self) -> Iterator[tuple[str, str, int]]:
        """(name, value as an address has it, how often)."""
        tell, question, values = self.tell, self.question, self.whole.values
        match question.kind:
            case Kind.RATING:
                for rating in self._ratings():
                    yield self._measure(_units(rating)), text_of(rating), values[rating]
            case Kind.NUMBER:
                for bar in bars(self.whole):
                    low, high = (tell.number(_units(n)) for n in (bar.low, bar.high))
                    name = tell.asked.words("%(low)s to below %(high)s", low=low, high=high)
                    yield name, range_of(bar.low, bar.high), bar.number
            case Kind.DATE:
                for month, number in months(self.whole):
                    name = tell.asked.words.month(dt.date.fromisoformat(f"{month}-01"))
                    yield name, month, number
            case kind if kind in CHOSEN:
                for value in self._choices():
                    yield tell.value(question, value), text_of(value), values[value]

    def _choices(self) -> list[Stored]:
        """What could be chosen, then what was chosen else."""
        if self.question.kind is Kind.YES_NO:
            return [True, False]
        known: list[Stored] = [choice.key for choice in self.question.choices]
        return [*known, *sorted(self.whole.values.keys() - set(known), key=str)]

    def _ratings(self) -> list[int]:
        low, high = self.question.minimum, self.question.maximum
        known = range(low, high + 1) if isinstance(low, int) and isinstance(high, int) else ()
        given = (value for value in self.whole.values if isinstance(value, int))
        return sorted({n * UNIT for n in known} | set(given))

    def _percent(self, number: int, of: Tally | None = None) -> str:
        w, answered = self.tell.asked.words, (of or self.whole).answered
        return w.percent(Fraction(number, answered)) if answered else NONE

    # -- groups and articles

    def lines(self, places: Sequence[Place], tallies: Sequence[Tally]) -> dict[str, Any]:
        """A line for each place."""
        w = self.tell.asked.words
        head, cells = self._columns()
        rows = [
            Row(place.name, [w.number(tally.answered), *cells(tally)], self._href(place))
            for place, tally in zip(places, tallies, strict=True)
            if tally.answered or self.grouped
        ]
        first = w("Group") if self.grouped else w.entity("article")
        return {"first": first, "head": [w("Answers"), *head], "rows": rows,
                "chart": self._chart(places, tallies)}  # fmt: skip

    def _href(self, place: Place) -> str:
        if not self.grouped:
            assert isinstance(place.value, bytes)
            return f"{self.answers}&article={place.value.hex()}"
        if place.narrowed is None:
            return ""
        return self.address("", **place.narrowed) + f"#q-{self.question.key}"

    def _columns(self) -> tuple[list[str], Any]:
        """(heads, the cells of a tally)."""
        w, kind, tell = self.tell.asked.words, self.question.kind, self.tell
        if kind in CHOSEN:
            chosen = self._choices()
            return [tell.value(self.question, value) for value in chosen], lambda tally: [
                self._percent(tally.values[value], tally) for value in chosen
            ]
        if kind in MEASURED:
            return [w("Average"), w("Median"), w("Least"), w("Most")], self._measured
        if kind is Kind.DATE:
            return (
                [w("Earliest"), w("Latest")],
                lambda tally: (
                    [tell.value(self.question, day) for day in days(tally) or ()] or [NONE, NONE]
                ),
            )
        return [], lambda _: []

    def _measured(self, tally: Tally) -> list[str]:
        found = measures(tally)
        if found is None:
            return [NONE] * 4
        return [self._measure(n) for n in (found.mean, found.median, found.least, found.most)]

    def _chart(self, places: Sequence[Place], tallies: Sequence[Tally]) -> str:
        """Shares of choices beside each other, averages of numbers; of others none."""
        kind = self.question.kind
        some = [
            (place, tally) for place, tally in zip(places, tallies, strict=True) if tally.answered
        ][:CHART_LINES]  # fmt: skip
        series: list[dict[str, Any]] = []
        if kind in MEASURED:
            means = [one.mean for _, tally in some if (one := measures(tally))]
            series = [{"name": self.tell.asked.words("Average"),
                       "values": [float(mean) for mean in means],
                       "texts": [self._measure(mean) for mean in means]}]  # fmt: skip
        elif kind in CHOSEN:
            series = [
                {"name": self.tell.value(self.question, value),
                 "values": [float(100 * (tally.share(value) or 0)) for _, tally in some],
                 "texts": [self._percent(tally.values[value], tally) for _, tally in some]}
                for value in self._choices()[:CHART_PARTS]
            ]  # fmt: skip
        if not some or not series:
            return ""
        links = [self._href(place) for place, _ in some]
        return json.dumps({
            "labels": [place.name for place, _ in some], "stacked": kind in (Kind.YES_NO, Kind.ONE),
            "percent": kind in CHOSEN, "series": [one | {"links": links} for one in series],
        })  # fmt: skip


def _units(value: int) -> decimal.Decimal:
    return decimal.Decimal(value).scaleb(-SCALE)
