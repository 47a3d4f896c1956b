"""Trips and working time in a life: a person's two devices, what is reckoned, what is found out."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.simulation import reckoning, spent
from tests.simulation.mixes import MIXES
from tests.simulation.reckoning import DAY, HOUR, Journey, Row, comes_to, given, worked, wrong_on

MIX = MIXES["money"]
SEED = 0
SHEET: Row = {"month": "1970-01-01", "zone": "UTC"}


def test_the_oracle_shares_nothing_with_the_engine() -> None:
    """What it says of trips and sheets it says in its own words."""
    for module in (reckoning, spent):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        own = {name for name in names if name.startswith("tests.")}
        assert own <= {
            "tests.fleet.oracle",
            "tests.simulation.reckoning",
            "tests.simulation.shelved",
        }
        assert names - own <= {
            "__future__",
            "collections.abc",
            "dataclasses",
            "itertools",
            "zoneinfo",
        }


def test_what_trips_come_to() -> None:
    """D13: a day is given for once; a meal is taken off; what is settled stays."""

    def trip(begins: int, ends: int, was_given: dict[int, int] | None = None) -> Journey:
        stage: Row = {"starts_at": begins * HOUR, "ends_at": ends * HOUR}
        return Journey([stage], given=was_given or {})

    assert given(trip(9, 17), []) == {0: 0}  # eight hours and no more
    assert given(trip(9, 18), []) == {0: 1_400}
    assert given(trip(20, 49), []) == {0: 1_400, 1: 2_800, 2: 1_400}
    assert given(trip(14, 19), [trip(6, 11, {0: 0})]) == {0: 1_400}  # both are ten hours
    assert given(trip(14, 23), [trip(0, 10, {0: 1_400})]) == {0: 0}
    lunch: Row = {"day": "1970-01-01", "meal": "lunch", "paid": 200}
    drive: Row = {"day": "1970-01-01", "vehicle": "car", "kilometres": 1_000}
    long_day = trip(7, 18)
    assert comes_to(Journey(long_day.stages, [lunch], [drive]), []) == 480 + 3_000


def test_what_sheets_come_to() -> None:
    """D14: breaks are taken off, nothing counts twice, work over midnight is of its first day."""

    def span(kind: str, begins: int, ends: int) -> Row:
        return {"kind": kind, "starts_at": begins * HOUR, "ends_at": ends * HOUR}

    day = [span("day", 8, 14), span("day", 13, 26), span("break", 12, 13)]
    assert worked(SHEET, day) == {"1970-01-01": 17 * 60}
    assert wrong_on(SHEET, day, []) == set()
    assert wrong_on(SHEET, day, [span("day", 25, 30)]) == {"span.twice"}
    assert wrong_on(SHEET, [span("break", 1, 2)], []) == {"sheet.empty"}
    late: Row = {"kind": "day", "starts_at": 40 * DAY, "ends_at": None}
    assert wrong_on(SHEET, [late], []) == {"span.open", "span.other_month"}
