"""A world whose day a test sets, and what is kept for how many of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from syncengine.store.compaction import Retention, compact
from tests.support.world import DAY, World

BEGIN = 1_790_000_000_000_000


def kept(days: int) -> Retention:
    """So long, all of it."""
    return Retention(days * DAY, days * DAY)


class Days:
    """Everything counts from the first day, 0."""

    def __init__(self, url: str, folder: Path) -> None:
        self.day = 0
        self.world = World(url, folder, now=lambda: BEGIN + self.day * DAY)

    def compacted(self, days: int) -> Mapping[str, int]:
        """What is older than so many days goes; what of it there was."""
        found = compact(self.world.store, kept(days))
        return {what: number for what, number in found.items() if number}

    def compact(self, days: int) -> int:
        """The same, and how many left records that were."""
        return self.compacted(days).get("left records", 0)
