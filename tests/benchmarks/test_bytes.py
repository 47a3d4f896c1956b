"""`bench bytes` weighs what the protocol says is sent."""

from __future__ import annotations

from pathlib import Path

from benchmarks.bytes import Weight, measure
from benchmarks.data import OWNERS, Sizes

DELTA = ["Hello", "Welcome", "Chunk", "Checkpoint"]
PUSH = ["Hello", "Push", "Welcome", "Verdicts", "Chunk", "Checkpoint"]


def total(weights: dict[str, Weight]) -> int:
    """All bytes of a sync."""
    return sum(w.sent for w in weights.values())


def test_every_sync_has_its_messages_and_no_more(tmp_path: Path) -> None:
    found = measure(tmp_path, Sizes((200, 50, *([1] * (OWNERS - 2)))))
    first, idle, delta, one, many, urgent, rest, begins, ends = found.values()
    assert list(first) == ["Hello", "Welcome", "Grants", "Chunk", "Checkpoint"]
    assert list(idle) == ["Hello", "Welcome", "Unchanged"]
    assert list(delta) == DELTA
    assert list(one) == list(many) == PUSH
    assert list(urgent) == ["Hello", "Welcome", "Grants", "Chunk", "EarlyCheckpoint"]
    assert list(rest) == ["Hello", "Welcome", "Grants", "Chunk", "Checkpoint"]
    assert total(urgent) < total(rest) / 4
    assert list(begins) == ["Hello", "Welcome", "Grants", "Chunk", "Checkpoint"]
    assert list(ends) == ["Hello", "Welcome", "Grants", "Checkpoint"]  # no row is named (D5)
    assert total(idle) < total(ends) < total(delta) < total(one) < total(many)
