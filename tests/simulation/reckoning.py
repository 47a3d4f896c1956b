"""What trips and sheets come to, told anew and naively: no code of the engine or of its modules.
Trips here are at home, their clocks are UTC, and their nights are in a bed. Amounts are in cents,
instants in microseconds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from zoneinfo import ZoneInfo

Value = bool | int | str | bytes | None
Row = Mapping[str, Value]
Stretch = tuple[int, int]  # from an instant until another one

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
HOUR = 3_600_000_000
DAY = 24 * HOUR
MINUTE = HOUR // 60
MOST_DAYS = 92
WHOLE_DAY, PART_OF_DAY = 2_800, 1_400
LONGER_THAN = 8 * HOUR
MEALS = {"breakfast": 560, "lunch": 1_120, "dinner": 1_120}
PER_KILOMETRE = {"car": 30, "other": 20}
MOST, RECEIPT_ABOVE = 50_000, 5_000  # the office's limit for items
HOME = "EUR"


def number(row: Row, name: str) -> int:
    """A field that is a number; 0 where it is empty."""
    found = row.get(name)
    assert found is None or isinstance(found, int)
    return found or 0


# -- trips


@dataclass(frozen=True)
class Journey:
    """A trip with its parts, by kind. receipts: the items that have one. given: what each day was
    given, of a trip that is settled.
    """

    stages: Sequence[Row] = ()
    meals: Sequence[Row] = ()
    drives: Sequence[Row] = ()
    items: Mapping[bytes, Row] = field(default_factory=dict)
    receipts: frozenset[Value] = frozenset()
    given: Mapping[int, int] = field(default_factory=dict)

    @property
    def away(self) -> Stretch:
        """From when until when, of one with stages."""
        starts = (number(stage, "starts_at") for stage in self.stages)
        return min(starts), max(number(stage, "ends_at") for stage in self.stages)

    @property
    def days(self) -> range:
        """The days that it touches, counted from 1970."""
        begins, ends = self.away
        return range(begins // DAY, (ends - 1) // DAY + 1)


def wrong_with(mine: Journey, others: Sequence[Journey]) -> set[str]:
    """Why a trip comes back, by code. others: the person's, that count."""
    found = set()
    if not (mine.stages or mine.drives or mine.items):
        found.add("trip.empty")
    if any(number(drive, "kilometres") <= 0 for drive in mine.drives):
        found.add("drive.kilometres")
    for item in mine.items.values():
        if number(item, "gross") <= 0:
            found.add("item.amount")
        if item["currency"] != HOME and not number(item, "exchange_rate"):
            found.add("item.not_exchanged")
    impossible = _impossible(mine, others)
    if impossible is not None:
        return found | {impossible}
    if any(drive["vehicle"] not in PER_KILOMETRE for drive in mine.drives):
        found.add("mileage.missing")
    for row, item in mine.items.items():
        if _at_home(item) > MOST:
            found.add("item.over_limit")
        if _at_home(item) > RECEIPT_ABOVE and row not in mine.receipts:
            found.add("item.no_receipt")
    return found


def _impossible(mine: Journey, others: Sequence[Journey]) -> str | None:
    """Why its times cannot be."""
    if not mine.stages:
        return None
    stretches = sorted((number(s, "starts_at"), number(s, "ends_at")) for s in mine.stages)
    begins, ends = mine.away
    if any(starts >= until for starts, until in stretches):
        return "stage.backwards"
    if ends - begins > MOST_DAYS * DAY:
        return "trip.too_long"
    if any(after[0] < one[1] for one, after in pairwise(stretches)):
        return "stage.overlap"
    if len(mine.days) > MOST_DAYS:
        return "trip.too_long"
    if any(_day(meal) not in mine.days for meal in mine.meals):
        return "meal.not_on_trip"
    if any(o.stages and o.away[0] < ends and begins < o.away[1] for o in others):
        return "trip.overlap"
    return None


def _day(row: Row) -> int:
    return (dt.date.fromisoformat(str(row["day"])) - EPOCH.date()).days


def _at_home(item: Row) -> int:
    gross = number(item, "gross")
    if item["currency"] == HOME:
        return gross
    return (gross * number(item, "exchange_rate") + 500_000) // 1_000_000


def given(mine: Journey, others: Sequence[Journey]) -> dict[int, int]:
    """What each day of a trip is given. others: the person's, settled."""
    if not mine.stages:
        return {}
    return {day: _for_day(day, [mine, *(o for o in others if o.stages)]) for day in mine.days}


def _for_day(day: int, trips: Sequence[Journey]) -> int:
    there = [trip for trip in trips if day in trip.days]
    claims, short = [0], 0
    for trip in there:
        begins, ends = trip.away
        if begins <= day * DAY and (day + 1) * DAY <= ends:
            claims.append(WHOLE_DAY)
        elif len(trip.days) > 1:
            claims.append(PART_OF_DAY)
        else:
            short += ends - begins
    if short > LONGER_THAN:
        claims.append(PART_OF_DAY)
    off = 0
    for kind, amount in MEALS.items():
        paid = [
            number(meal, "paid")
            for trip in there
            for meal in trip.meals
            if meal["meal"] == kind and _day(meal) == day
        ]
        off += max(amount - max(paid), 0) if paid else 0
    already = sum(trip.given.get(day, 0) for trip in there)
    return max(max(max(claims) - off, 0) - already, 0)


def comes_to(mine: Journey, others: Sequence[Journey]) -> int:
    """The total of a trip with which nothing is wrong."""
    driven = sum(
        number(d, "kilometres") * PER_KILOMETRE[str(d["vehicle"])] // 10 for d in mine.drives
    )
    return sum(given(mine, others).values()) + driven + sum(map(_at_home, mine.items.values()))


# -- sheets of working time


def wrong_on(sheet: Row, spans: Iterable[Row], others: Iterable[Row]) -> set[str]:
    """Why a sheet comes back, by code. others: the spans of the person's sheets that count."""
    spans, found = list(spans), set()
    if not any(span["kind"] == "day" for span in spans):
        found.add("sheet.empty")
    for span in spans:
        starts, ends = number(span, "starts_at"), span.get("ends_at")
        if ends is None:
            found.add("span.open")
        elif number(span, "ends_at") < starts:
            found.add("span.backwards")
        elif number(span, "ends_at") - starts > DAY:
            found.add("span.too_long")
        if _date(starts, sheet)[:7] != str(sheet["month"])[:7]:
            found.add("span.other_month")
    if not found and any(_shares(*one, *two) for one in _days(spans) for two in _days(others)):
        found.add("span.twice")
    return found


def _shares(since: int, until: int, starts: int, ends: int) -> bool:
    return max(since, starts) < min(until, ends)


def _date(at: int, sheet: Row) -> str:
    local = (EPOCH + dt.timedelta(microseconds=at)).astimezone(ZoneInfo(str(sheet["zone"])))
    return local.date().isoformat()


def _days(spans: Iterable[Row], kind: str = "day") -> list[Stretch]:
    return [
        (number(span, "starts_at"), number(span, "ends_at"))
        for span in spans
        if span["kind"] == kind and span.get("ends_at") is not None
    ]


def worked(sheet: Row, spans: Iterable[Row]) -> dict[str, int]:
    """Minutes by day, of a sheet with which nothing is wrong."""
    spans = list(spans)
    breaks, hours = _joined(_days(spans, "break")), dict[str, int]()
    for starts, ends in _joined(_days(spans)):
        rested = sum(max(min(ends, e) - max(starts, s), 0) for s, e in breaks)
        day = _date(starts, sheet)
        hours[day] = hours.get(day, 0) + ends - starts - rested
    return {day: worked // MINUTE for day, worked in hours.items()}


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Nothing twice: what overlaps or touches is one."""
    found: list[Stretch] = []
    for starts, ends in sorted(stretches):
        if found and starts <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], ends)
        else:
            found.append((starts, ends))
    return found
