"""A clock that a test turns."""

from __future__ import annotations

TODAY = 1_790_000_000_000_000


class Calendar:
    """Says what time it is until the test sets another."""

    now = TODAY
