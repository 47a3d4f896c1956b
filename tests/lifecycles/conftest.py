"""The small installation with lifecycles, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lifecycles.scene import Life


@pytest.fixture
def life(database_url: str, tmp_path: Path) -> Iterator[Life]:
    made = Life(database_url, tmp_path)
    yield made
    made.close()
