"""The month: each day with what is told of it, and handing it in."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import cast

from starlette.responses import Response

from device_sdk.errors import Refused
from device_sdk.screen.public import Asked, NotThere, Screen, Unclear, reason, to
from modules.timesheets.device import NoSheet, NotReady, Timesheets
from modules.timesheets.hours import MINUTE
from modules.timesheets.screen.telling import hours
from modules.timesheets.sheet import MAX_SHOWN, Fault, following, zone_of
from modules.timesheets.spans import ONE_DAY

HERE = "/timesheets/month"
YEARS = range(1901, 2199)  # that a day may be in


def month(screen: Screen, asked: Asked) -> Response:
    """One month; with POST: hand it in. What keeps it from that is told."""
    timesheets = Timesheets(asked.device)
    first, wrong = _month(asked, timesheets), ""
    if asked.is_post:
        try:
            timesheets.submit(first)
            asked.signed_in.sync_now()
            return to(f"{HERE}?m={first}")
        except NotReady:
            wrong = asked.words("It cannot be submitted yet.")
        except NoSheet:  # it was, meanwhile
            return to(f"{HERE}?m={first}")
        except Refused as error:
            wrong = reason(asked, error)
    standing = timesheets.month(first)
    return screen.page(
        asked, "timesheets/month.html", 422 if wrong else 200, open_="/timesheets/today",
        month=first, before=(first - ONE_DAY).replace(day=1), after=following(first), here=HERE,
        standing=standing, total=hours(standing.minutes * MINUTE), wrong=wrong,
        faults=[(one, _began(asked, one)) for one in standing.faults[:MAX_SHOWN]],
         more=len(standing.faults) > MAX_SHOWN,
        days=[(day, hours(day.worked), hours(day.breaks)) for day in standing.days],
        corrections=[
            (day, hours(minutes * MINUTE), said)
            for sheet in standing.sheets for day, minutes, said in sheet.corrections
        ],
    )  # fmt: skip


def _began(asked: Asked, fault: Fault) -> str:
    """When the span that is wrong began."""
    span = asked.device.get("time_span", fault.row) if fault.row else None
    sheet = asked.device.get("timesheet", cast(uuid.UUID, span["timesheet"])) if span else None
    if span is None or sheet is None or not isinstance(span["starts_at"], dt.datetime):
        return ""
    starts = span["starts_at"].astimezone(zone_of(str(sheet["zone"])) or dt.UTC)
    return f"{asked.words.day(starts.date())}, {starts:%H:%M}"


def again(_screen: Screen, asked: Asked) -> Response:
    """Take up a sheet that was rejected."""
    try:
        sheet = uuid.UUID(asked.form["sheet"][-1])
        Timesheets(asked.device).again(sheet)
    except (KeyError, ValueError, NoSheet):
        raise NotThere from None
    asked.signed_in.sync_now()
    return to(f"{HERE}?m={asked.value('m')}")


def _month(asked: Asked, timesheets: Timesheets) -> dt.date:
    """That of the address, or of today."""
    text = asked.value("m")
    try:
        first = dt.date.fromisoformat(text) if text else timesheets.today().day
    except ValueError:
        raise Unclear from None
    if first.year not in YEARS:
        raise Unclear
    return first.replace(day=1)
