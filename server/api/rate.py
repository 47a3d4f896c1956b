"""How often a token may ask: so many requests a minute, and no more at once."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable

SECOND = 1_000_000
MAX_REMEMBERED = 2_000  # tokens; the one that asked longest ago is forgotten first


class Rate:
    """A bucket of requests for each token, filled again all the time; of one process.

    now: microseconds. Touched on the event loop's thread only.
    """

    def __init__(self, per_minute: int, now: Callable[[], int]) -> None:
        self._most = float(per_minute)
        self._per_second = per_minute / 60
        self._now = now
        self._left: OrderedDict[bytes, tuple[float, int]] = OrderedDict()

    def take(self, token: bytes) -> int:
        """0 when the request may be made; else in how many seconds the next one may."""
        now = self._now()
        left, at = self._left.pop(token, (self._most, now))
        left = min(self._most, left + max(0, now - at) / SECOND * self._per_second)
        may = left >= 1
        self._left[token] = (left - 1 if may else left, now)
        if len(self._left) > MAX_REMEMBERED:
            self._left.popitem(last=False)
        return 0 if may else math.ceil((1 - left) / self._per_second)
