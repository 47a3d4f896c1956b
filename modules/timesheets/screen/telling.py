"""How durations read."""

from __future__ import annotations

import datetime as dt

from modules.timesheets.hours import MINUTE


def hours(lasted: dt.timedelta) -> str:
    """Hours and minutes; a counter-entry may be less than nothing."""
    minutes = abs(lasted) // MINUTE
    return f"{'-' if lasted < dt.timedelta() else ''}{minutes // 60}:{minutes % 60:02}"
