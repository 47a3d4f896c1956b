"""The small installation with trips, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.expenses.scene import Travel


@pytest.fixture
def travel(database_url: str, tmp_path: Path) -> Iterator[Travel]:
    made = Travel(database_url, tmp_path)
    yield made
    made.close()
