"""D13: whatever a trip has and however far it is, its pages show it in both languages."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from device_sdk.screen import passcode
from device_sdk.screen.words import Words
from modules.expenses.screen import said
from modules.expenses.sentences import RULES
from modules.expenses.trip_entities import MEALS, STATES
from syncengine.model.rights import Right
from tests.expenses.scene import MONDAY, at
from tests.expenses.screened import Rep, at_the_screen, part_of, words_of
from tests.screen.test_words import ALL

DAYS = st.integers(-2, 4).map(lambda n: MONDAY + dt.timedelta(days=n))
AMOUNTS = st.decimals(Decimal("-5"), Decimal("500"), places=2)
MAYBE = st.none() | AMOUNTS
STAGES = st.tuples(
    st.sampled_from(("DE", "FR", "CH", "US")), st.integers(0, 70), st.integers(-2, 60),
    st.booleans(),
)  # fmt: skip
ITEMS = st.tuples(DAYS, AMOUNTS, st.sampled_from(("EUR", "CHF", "??")), MAYBE, MAYBE)
DRIVES = st.tuples(DAYS, st.sampled_from(("car", "other", "sledge")), AMOUNTS)


def as_written(rep: Rep, data: st.DataObject) -> str:
    """A draft of anything, faults included; the address of its page."""
    trip = rep.expenses.begin("<b>Fair</b>")
    monday = at("2026-03-02 06:00")
    for country, begins, lasts, awake in data.draw(st.lists(STAGES, max_size=3), "stages"):
        starts = monday + dt.timedelta(hours=begins)
        ends = starts + dt.timedelta(hours=lasts)
        rep.expenses.add_stage(trip, country, starts, ends, "Here", awake)
    meals = st.lists(st.tuples(DAYS, st.sampled_from(MEALS), MAYBE), max_size=3)
    for day, meal, paid in data.draw(meals, "meals"):
        rep.expenses.add_meal(trip, day, meal, paid)
    for day, vehicle, kilometres in data.draw(st.lists(DRIVES, max_size=2), "drives"):
        rep.expenses.add_drive(trip, day, vehicle, kilometres.quantize(Decimal("0.1")))
    for day, gross, currency, rate, vat in data.draw(st.lists(ITEMS, max_size=2), "items"):
        item = rep.expenses.add_item(
            trip, day, rep.travel.taxi, gross, currency, rate, vat_percent=vat
        )
        rep.expenses.add_receipt(item, b"\x01" * 32)  # of another device: not here yet
    return f"/expenses/trip?t={trip}"


def shows(rep: Rep, trip: str) -> None:
    """Its pages: the total, a sentence for each day, and a link to each part of a draft."""
    told = rep.expenses.statement(trip.rpartition("=")[2])
    for language in ("en", "de"):
        for path in ("/", "/expenses/trips"):
            rep.get(path, language)
        page = rep.get(trip, language)
        assert "<b>Fair" not in page
        assert not re.search(r"%\(\w+\)s", page), "a place was not filled"
        words = Words(language, ALL)
        for fault in told.faults:
            assert " ".join(said.fault(words, fault).split()) in words_of(page)
    for day in (*told.days, *((told.kept or {}).get("days", ()))):
        rule = RULES[day["rule"] if isinstance(day, dict) else day.rule]
        assert rule.split("%")[0].partition(",")[0] in words_of(rep.get(trip))
    rows = {"trip_stage": told.written.stages, "trip_meal": told.written.meals,
            "trip_drive": told.written.drives, "trip_item": told.written.items}  # fmt: skip
    wanted = 200 if told.status == "draft" else 404
    for name, found in rows.items():
        for row in found:
            path = part_of(trip, name, row["id"])
            answer = rep.http.get(path, headers={"accept-language": "de"})
            assert answer.status_code == wanted


def test_d13_a_trip_of_any_kind_shows(tmp_path: Path) -> None:
    """And it is refused with all that is wrong with it."""
    with patch.object(passcode, "COST", 2), at_the_screen(tmp_path) as rep:
        rep.send("/airplane", on="1")

        @settings(max_examples=30, deadline=None)
        @given(st.data())
        def any_trip(data: st.DataObject) -> None:
            trip = as_written(rep, data)
            shows(rep, trip)
            if rep.expenses.statement(trip.rpartition("=")[2]).faults:
                assert rep.send(trip, do="submit").status_code == 422
            assert rep.send(trip, do="discard").status_code == 303

        any_trip()


def test_d13_every_state_shows(tmp_path: Path) -> None:
    seen = set()
    with patch.object(passcode, "COST", 2), at_the_screen(tmp_path) as rep:
        office = rep.travel.user("approver", *Right)

        def look(trip: str) -> None:
            rep.sync()
            shows(rep, trip)
            seen.add(rep.expenses.statement(trip.rpartition("=")[2]).status)

        first = rep.travel.written(rep.device, rep.expenses)
        trip = f"/expenses/trip?t={first}"
        look(trip)
        rep.expenses.submit(first)
        look(trip)
        rep.travel.work()
        look(trip)
        rep.travel.step(office, first, "rejected", reason="No")
        look(trip)
        second = rep.expenses.again(first)
        trip = f"/expenses/trip?t={second}"
        rep.expenses.submit(second)
        rep.sync()
        rep.travel.work()
        for status in ("approved", "reimbursed"):
            rep.travel.step(office, second, status)
            look(trip)
    assert seen == set(STATES)
