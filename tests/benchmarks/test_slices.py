"""`syncengine bench slices` at a tiny scale: the keys and the counts, not the times."""

from __future__ import annotations

from benchmarks.office import groups, tree
from benchmarks.sides import Scale
from benchmarks.slices import measure

TINY = Scale(
    few=450, many=700, held=20, absent=30, leaders=2, below=12, markets=25, ruled=300, buckets=4,
    deltas=2, repetitions=1, quick=1,
)  # fmt: skip


def test_the_hierarchies_are_as_wide_and_deep_as_they_say() -> None:
    assert list(tree(12)) == [None, *[0] * 10, 1, 1]
    assert list(groups(2, 11)) == [None, 0, *[1] * 10, 2, 0, *[13] * 10, 14]


def test_every_figure_is_there_and_what_is_counted_is_right(database_url: str) -> None:
    """`measure` itself refuses a device that got, or a rule that selected, anything else."""
    result = measure(database_url, TINY)
    figures = result["figures"]
    assert all(figure["scales_with"] for figure in figures.values())
    assert {
        "delta_of_few_ms", "delta_of_many_ms", "delta_ratio", "grants_of_head_ms",
        "grants_of_manager_ms", "delta_of_manager_ms", "plain_row_write_ms", "shared_row_write_ms",
        "shared_row_delta_all_ms", "rule_come_s", "rule_leave_us_per_row",
        "rule_come_longest_commit_ms", "market_move_come_s", "manager_move_come_write_ms",
        "manager_move_leave_sync_ms", "substitution_on_write_ms", "substitution_off_sync_ms",
    } <= figures.keys()  # fmt: skip
    median = {key: figure["median"] for key, figure in figures.items()}
    assert median["buckets_of_manager"] == median["buckets_of_head"] == TINY.below + 1
    assert median["buckets_of_person"] == 1
    # A membership and a bucket's sum for each bucket that the row is in.
    more = median["shared_row_rows_written"] - median["plain_row_rows_written"]
    assert more == 2 * TINY.buckets
    # The switch and the move write the row and its history, whatever hangs on it.
    assert median["substitution_on_rows_written"] == median["substitution_off_rows_written"] <= 5
    assert median["manager_move_come_rows_written"] <= 8
    assert median["rule_come_commits"] == 1
    assert figures["delta_of_few_ms"]["times"] == TINY.deltas
    assert result["scale"]["many"] == TINY.many
