"""A fresh world a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """On SQLite: what differs between databases is tested with the store."""
    made = World(f"sqlite:///{tmp_path / 'server.db'}", tmp_path)
    yield made
    made.close()
