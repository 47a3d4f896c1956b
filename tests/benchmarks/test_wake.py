"""`syncengine bench wake` at a tiny scale: the keys and the counts, not the times."""

from __future__ import annotations

from benchmarks.data import OWNERS
from benchmarks.wake import Scale, measure

TINY = Scale(customers=300, seats=OWNERS + 4, edits=2, everybody=1, rest_seconds=0.01)


def test_every_figure_is_there_and_every_seat_was_told() -> None:
    """`measure` itself refuses when others were told than those concerned, or one was lost."""
    result = measure(None, TINY)
    times = {key: figure["times"] for key, figure in result["latencies"].items()}
    assert times == {
        "push_to_hint_ms": 4, "push_to_device_ms": 2, "commit_elsewhere_to_hint_ms": 4,
        "commit_elsewhere_to_device_ms": 2, "everybody_to_hint_ms": TINY.seats,
    }  # fmt: skip
    assert result["memory"]["server_connected_mb"] > 0
