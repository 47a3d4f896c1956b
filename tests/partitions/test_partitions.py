"""A short run in the test command; twenty of a minute in the slow suite."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests.partitions.run import run


def test_nothing_is_lost_and_nothing_stale_is_shown(fresh_postgres: str, tmp_path: Path) -> None:
    """Invariants 1 and 2 with processes that are killed, a network and a database that fail."""
    seed = secrets.token_hex(4)
    outcome = run(fresh_postgres, tmp_path, seed, 8.0)
    assert outcome.violations == [], f"seed {seed}"
    assert min(outcome.made, outcome.syncs, len(outcome.faults)) > 0


@pytest.mark.slow
@pytest.mark.parametrize("number", range(20))
def test_twenty_minutes_of_faults(fresh_postgres: str, tmp_path: Path, number: int) -> None:
    """As `python -m tests.partitions.run`, which prints what it saw."""
    outcome = run(fresh_postgres, tmp_path, f"{secrets.token_hex(4)}-{number}", 60.0)
    assert outcome.violations == []
