"""The day: one tap each, and what there was so far."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from starlette.responses import Response

from device_sdk import Row
from device_sdk.screen.public import Asked, NotThere, Screen, title_of, to
from modules.timesheets.device import Entry, NoSpan, Timesheets
from modules.timesheets.device import Today as Standing
from modules.timesheets.screen.telling import hours
from modules.timesheets.spans import Kind

HERE = "/timesheets/today"
MOST = 5  # months that came back
TAPS: dict[str, Callable[[Timesheets], None]] = {
    "start_day": Timesheets.start_day,
    "start_travel": Timesheets.start_travel,
    "end_travel": Timesheets.end_travel,
    "start_break": Timesheets.start_break,
    "end_break": Timesheets.end_break,
    "end_day": Timesheets.end_day,
}
NEXT = {  # what may be tapped, the likeliest first
    None: ("start_day", "start_travel"),
    Kind.DAY: ("start_break", "start_travel", "end_day"),
    Kind.TRAVEL: ("end_travel", "start_break", "end_day"),
    Kind.BREAK: ("end_break", "start_travel", "end_day"),
}


@dataclass(frozen=True)
class Line:
    """Of the day's list. address: where it is edited; of a visit, its customer's page."""

    entry: Entry
    starts: str
    ends: str
    called: str
    address: str


def at_the_start(screen: Screen, asked: Asked, _row: Row | None) -> str:
    """How the day stands, with its taps, on the first page."""
    return screen.render(asked, "timesheets/home.html", **_standing(asked, "/"))


def today(screen: Screen, asked: Asked) -> Response:
    """The day, in full."""
    standing = Timesheets(asked.device).today()
    lines = [_line(asked, entry) for entry in standing.entries]
    forgotten = [(_line(asked, one), asked.words.day(one.starts)) for one in standing.forgotten]
    return screen.page(
        asked, "timesheets/today.html", open_=HERE, lines=lines, forgotten=forgotten,
        day=asked.words.weekday(standing.day), month=standing.day.replace(day=1).isoformat(),
        **_standing(asked, HERE, standing),
    )  # fmt: skip


def tap(_screen: Screen, asked: Asked) -> Response:
    """One of them; what was tapped elsewhere meanwhile stays as it is."""
    do, back = asked.value("do"), asked.value("back")
    if not asked.is_post or do not in TAPS:
        raise NotThere
    try:
        TAPS[do](Timesheets(asked.device))
    except NoSpan:
        return to(HERE)
    asked.signed_in.sync_now()
    return to("/" if back == "/" else HERE)


def _standing(asked: Asked, back: str, standing: Standing | None = None) -> dict[str, Any]:
    standing = standing or Timesheets(asked.device).today()
    return {
        "returned": _returned(asked), "doing": standing.doing, "worked": hours(standing.worked),
        "back": back,
        "since": standing.since and f"{standing.since:%H:%M}", "taps": NEXT[standing.doing],
    }  # fmt: skip


def _returned(asked: Asked) -> list[tuple[dt.date, str, str]]:
    """(month, what it is called, why) of those that were rejected, until they are taken up."""
    found = asked.device.rows(
        "timesheet",
        "status='rejected' AND id NOT IN"
        f" (SELECT replaces FROM timesheet WHERE replaces IS NOT NULL) ORDER BY month LIMIT {MOST}",
        [],
    )
    months = [(cast(dt.date, row["month"]), str(row["reason"] or "")) for row in found]
    return [(month, asked.words.month(month), why) for month, why in months]


def _line(asked: Asked, entry: Entry) -> Line:
    starts, ends = f"{entry.starts:%H:%M}", f"{entry.ends:%H:%M}" if entry.ends else ""
    if entry.kind is Kind.VISIT:
        called = title_of(asked.device, "customer", entry.customer)
        return Line(entry, starts, ends, called, f"/rows/customer/{entry.customer}")
    return Line(entry, starts, ends, "", f"/rows/time_span/{entry.id}")
