"""Days and instants as people type them."""

from __future__ import annotations

import datetime as dt

from server.problem import Problem


def read_instant(text: str) -> dt.datetime:
    """An ISO instant, or the beginning of a day; without a zone it is of this machine's."""
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise Problem("date.invalid", f"{text} is no day or instant, as 2026-12-24.") from None
