"""A world on each kind of database, and an empty database of the other kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncengine.store.database import open_engine
from tests.support.world import World


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    """Invariant 24: every test here runs on SQLite and on PostgreSQL."""
    made = World(database_url, tmp_path)
    first = made.store.engine  # a test may put another server in its place
    yield made
    made.close()
    first.dispose()


@pytest.fixture
def other(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """What the world is not: so that every restore here changes the kind of database."""
    url = f"sqlite:///{tmp_path / 'other.db'}"
    if database_url.startswith("sqlite"):
        url = request.getfixturevalue("fresh_postgres")
    engine = open_engine(url)
    yield engine
    engine.dispose()
