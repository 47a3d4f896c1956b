"""A world on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.days import Days
from tests.support.world import World


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    """Invariant 24: every test here runs on SQLite and on PostgreSQL."""
    made = World(database_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def days(database_url: str, tmp_path: Path) -> Iterator[Days]:
    """A world whose day the test sets, on each kind of database."""
    made = Days(database_url, tmp_path)
    yield made
    made.world.close()
