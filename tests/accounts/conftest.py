"""An office on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accounts.office import Office


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    """Invariant 24: every test here runs on SQLite and on PostgreSQL."""
    made = Office(database_url, tmp_path)
    yield made
    made.world.close()
