"""The small installation with messages, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.messages.scene import Post


@pytest.fixture
def post(database_url: str, tmp_path: Path) -> Iterator[Post]:
    made = Post(database_url, tmp_path)
    yield made
    made.close()
