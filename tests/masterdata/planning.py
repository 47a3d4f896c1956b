"""What the tests of the calendar's pages have in common."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import httpx2

from modules.masterdata.portal.spans import microseconds
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.listing import Listed, Wanted
from tests.portal.conftest import Desk, Visitor

CALENDAR = "/portal/masterdata/calendar"
APPOINTMENTS = "/portal/masterdata/appointments"
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = 60_000_000
ALL = Rights(administers=True)


def at(text: str, zone: ZoneInfo = BERLIN) -> int:
    return microseconds(dt.datetime.fromisoformat(text).replace(tzinfo=zone))


def appointment(desk: Desk, rep: str, shop: bytes, starts: str, ends: str, **more: Stored) -> bytes:
    values: dict[str, Stored] = {
        "customer": shop, "employee": desk.world.people[rep], "subject": "Visit",
        "starts_at": at(starts), "ends_at": at(ends), "active": True,
    }  # fmt: skip
    return desk.world.insert("appointment", None, **values | more)


def row(desk: Desk, row_id: bytes) -> Listed:
    found = listing.one(desk.store, ALL, "appointment", row_id)
    assert found is not None
    return found


def rows(desk: Desk) -> list[Listed]:
    return listing.page(desk.store, ALL, Wanted("appointment", order="starts_at"), 500, None)[0]


def planner(desk: Desk) -> Visitor:
    """An administrator in Berlin."""
    anna = desk.administrator()
    anna.http.cookies.set("zone", "Europe/Berlin", path="/portal")
    return anna


def move(visitor: Visitor, desk: Desk, row_id: bytes, **fields: str) -> httpx2.Response:
    """What the script sends, from a page that was opened now."""
    one = row(desk, row_id)
    form = {
        "version": str(one.version), "starts": str(one.values["starts_at"]),
        "ends": str(one.values["ends_at"] or ""),
        "rep": to_text(one.values["employee"]),  # type: ignore[arg-type]
        "next": CALENDAR,
    }  # fmt: skip
    return visitor.post(f"{APPOINTMENTS}/{to_text(row_id)}/move", **form | fields)
