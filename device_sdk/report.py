"""What a sync says of itself, while it runs and when it has ended."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SyncReport:
    """What a sync did; bytes of bodies as sent, milliseconds by a monotonic clock.

    verdicts: answers to changesets, by outcome.
    repaired: the buckets that did not add up and came again.
    complete: whether it came to its end; else the budget was used up or the device paused, and the
    next sync goes on.
    """

    version: int
    rounds: int
    changesets_sent: int
    verdicts: dict[str, int]
    rows_received: int
    rows_left: int
    bytes_sent: int
    bytes_received: int
    milliseconds: float
    repaired: tuple[int, ...]
    complete: bool


@dataclass(frozen=True)
class Progress:
    """For a progress display, after each chunk: what has come since the sync began."""

    rows_received: int
    bytes_received: int


@dataclass
class Tally:
    """The same, while it is counted."""

    rounds: int = 0
    sent: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    left: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    repaired: set[int] = field(default_factory=set)
