"""A short run in the test command; twenty of a minute in the slow suite."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.partitions.run import run
from tests.support.postgres import launch_with_standby


@pytest.fixture
def pair(postgres_url: str) -> Iterator[tuple[str, str]]:
    """A database and its standby. postgres_url: skips where there is no PostgreSQL."""
    with launch_with_standby() as urls:
        yield urls


def test_nothing_is_lost_and_nothing_stale_is_shown(pair: tuple[str, str], tmp_path: Path) -> None:
    """Invariants 1 and 2 with processes that are killed, a network and a database that fail."""
    seed = secrets.token_hex(4)
    outcome = run(*pair, tmp_path, seed, 8.0)
    assert outcome.violations == [], f"seed {seed}"
    assert min(outcome.made, outcome.syncs, len(outcome.faults), outcome.standby_read) > 0


@pytest.mark.slow
@pytest.mark.parametrize("number", range(20))
def test_twenty_minutes_of_faults(pair: tuple[str, str], tmp_path: Path, number: int) -> None:
    """As `python -m tests.partitions.run`, which prints what it saw."""
    outcome = run(*pair, tmp_path, f"{secrets.token_hex(4)}-{number}", 60.0)
    assert outcome.violations == []
