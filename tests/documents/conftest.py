"""The small installation with documents, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents.scene import Library


@pytest.fixture
def library(database_url: str, tmp_path: Path) -> Iterator[Library]:
    made = Library(database_url, tmp_path)
    yield made
    made.close()
