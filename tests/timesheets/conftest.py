"""The small installation with sheets, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.timesheets.scene import Clocked


@pytest.fixture
def clocked(database_url: str, tmp_path: Path) -> Iterator[Clocked]:
    made = Clocked(database_url, tmp_path)
    yield made
    made.close()
