"""The demo's time: turned for all alike, and at the present in the end."""

from __future__ import annotations

from pathlib import Path

from server.compose import open_store
from server.demo.calendar import EPOCH, Calendar, days_of
from server.demo.run import script
from server.settings import load_settings
from syncengine.model.environment import Environment
from syncengine.model.windows import DAY
from syncengine.store import clock
from syncengine.store.database import reading

MINUTE = 60_000_000


def test_the_script_ends_at_the_present() -> None:
    """Other terminals then agree with the demo about the date."""
    system, played = Environment().now, script()
    calendar = Calendar(days_of(played))
    assert days_of(played) > 0
    assert abs(system() - days_of(played) * DAY - calendar.now()) < MINUTE
    for phase in played["phases"]:
        for step in phase["steps"]:
            calendar.turn(step.get("days", 0))
    assert abs(system() - calendar.now()) < MINUTE


def test_days_are_counted_from_the_beginning() -> None:
    calendar = Calendar(3)
    first = (calendar.day(0) - EPOCH).total_seconds()
    calendar.turn(3)
    assert (calendar.day(0) - EPOCH).total_seconds() == first
    assert (calendar.day(2) - calendar.day(-1)).days == 3
    assert calendar.today == f"{calendar.day(3):%Y-%m-%d}"


def test_a_new_database_begins_at_the_time_it_is_given(tmp_path: Path) -> None:
    """Time that has passed does not come back: the clock must not begin at the system's time."""
    settings = load_settings(None, {}, database=f"sqlite:///{tmp_path}/new.db")
    calendar = Calendar(3)
    environment = Environment(now=calendar.now)
    with (
        open_store(settings, environment, migrated=True) as store,
        reading(store.engine) as connection,
    ):
        assert clock.read(connection).at <= calendar.now()
