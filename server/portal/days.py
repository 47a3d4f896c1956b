"""Days as people name them in a filter."""

from __future__ import annotations

import datetime as dt

from server.portal.values import Wrong
from server.portal.words import Words
from syncengine.model.fields import EPOCH, MICROSECOND


def midnight(w: Words, text: str, days: int) -> int:
    """When that day begins, so many days later, by the reader's clock; Wrong."""
    try:
        day = dt.datetime.combine(dt.date.fromisoformat(text), dt.time())
        return (w.instant(day + dt.timedelta(days=days)) - EPOCH) // MICROSECOND
    except (ValueError, OverflowError, OSError):
        raise Wrong(w("A day is needed.")) from None
