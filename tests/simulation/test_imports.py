"""Imports and large changes in a life: in steps, with crashes and syncs between them."""

from __future__ import annotations

import pytest

from tests.simulation.acts import Act
from tests.simulation.faults import BULK_POINTS
from tests.simulation.planted.every import planted
from tests.simulation.run import lived_through, replayed


@pytest.mark.parametrize("at", range(len(BULK_POINTS) + 1))
def test_a_crash_between_steps_is_made_good(at: int) -> None:
    """New rows, changed ones, an owner that the office has changed since, all customers at once."""
    script: list[Act] = [
        ("sync", [1]),
        ("import_file", [[0, 1], 3, "a", "5", at, 1]),
        ("reassign", [[0], "b"]),
        ("import_file", [[0, 1, 2], 0, "a", "6", at, 2]),
        ("hand_out", ["c", at, 3]),
    ]
    counts = lived_through(0, script)
    assert counts["sync_between_steps"] == 3
    assert counts["rows_imported"] == 8
    assert sum(counts[f"crash:{point}"] for point in BULK_POINTS) == (
        3 if at < len(BULK_POINTS) else 0
    )


def test_work_on_a_row_that_was_never_held_is_judged_from_its_beginning() -> None:
    """A client that asks nobody enters the phone that an import had made the customer with."""
    script: list[Act] = [
        ("import_file", [[], 1, "c", "1", 9, 0]),
        ("wild_edit", [3, 4, "1"]),
        ("import_file", [[4], 0, "c", "2", 9, 0]),
    ]
    assert replayed(0, script) is None


@pytest.mark.parametrize("plant", ["office_overruled", "first_step_only"])
def test_a_planted_bug_is_found_out(plant: str) -> None:
    """Of two customers one changes hands; the next file says of both what the last one said."""
    script: list[Act] = [
        ("import_file", [[0, 1], 2, "a", "1", 9, 1]),
        ("reassign", [[0], "b"]),
        ("import_file", [[0, 1], 0, "a", "1", 9, 2]),
    ]
    with planted(plant):
        assert replayed(0, script) is not None
    assert replayed(0, script) is None
