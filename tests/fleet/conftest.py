"""A world on each kind of database, with a clock that the test turns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.calendar import Calendar
from tests.support.world import World


@pytest.fixture
def calendar() -> Calendar:
    """Of the server and of all devices."""
    return Calendar()


@pytest.fixture
def world(database_url: str, tmp_path: Path, calendar: Calendar) -> Iterator[World]:
    """Invariant 24: every promise is kept on SQLite and on PostgreSQL."""
    made = World(database_url, tmp_path, now=lambda: calendar.now)
    yield made
    made.close()
