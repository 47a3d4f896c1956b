"""The demo's time, which the script turns: weeks of a substitution pass in seconds.

It begins in the past and, turned as far as the script says, arrives at the present: what is typed
in another terminal after the demo then agrees with it about the date.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from syncengine.model.environment import Environment
from syncengine.model.windows import DAY

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Calendar:
    """One time for the server and all devices. Day 0 begins when the demo does."""

    def __init__(self, days: int) -> None:
        """days: how many the demo is going to turn."""
        self._system = Environment().now
        self._behind = days * DAY
        self._first = self.now()

    def now(self) -> int:
        """Microseconds since 1970, UTC, as an `Environment` wants them."""
        return self._system() - self._behind

    def turn(self, days: int) -> None:
        """Let that many days pass at once."""
        self._behind -= days * DAY

    def day(self, number: int) -> dt.datetime:
        """The beginning of a day, counted from day 0."""
        return _moment(self._first + number * DAY)

    @property
    def today(self) -> str:
        """For people."""
        return f"{_moment(self.now()):%Y-%m-%d}"


def days_of(script: dict[str, Any]) -> int:
    """How many days pass in a script."""
    return sum(step.get("days", 0) for phase in script["phases"] for step in phase["steps"])


def _moment(instant: int) -> dt.datetime:
    return EPOCH + dt.timedelta(microseconds=instant)
