"""`syncengine bench offline` at a tiny scale: what it found, not the times."""

from __future__ import annotations

from benchmarks.offline import Scale, measure

TINY = Scale(held=20, others=200, pending=40, versions=400)


def test_both_reps_come_back_with_everything() -> None:
    """`measure` itself refuses when an answer is missing, or a device differs from a new one."""
    result = measure(None, TINY)
    for key in ("after_eight_weeks", "below_the_horizon"):
        assert sum(result[key]["verdicts"].values()) == TINY.pending
        assert result[key]["repaired"] == 0
    assert result["compaction"]["dropped"] == result["compaction"]["left_records"] > 0
