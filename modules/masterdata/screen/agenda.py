"""The appointments of today, on the first page."""

from __future__ import annotations

import datetime as dt
import uuid

from device_sdk import Row, telling
from device_sdk.screen.public import Asked, Screen
from syncengine.model.fields import EPOCH, MICROSECOND

MOST = 50
TODAY = """
    SELECT a.starts_at, a.ends_at, a.subject, c.id, c.name, c.street, c.city
    FROM appointment a JOIN customer c ON c.id = a.customer
    WHERE a.active AND a.starts_at >= ? AND a.starts_at < ? ORDER BY a.starts_at, a.id LIMIT ?
"""


def today(screen: Screen, asked: Asked, _row: Row | None) -> str:
    """From midnight to midnight by this machine's clock."""
    day = screen.now().date()
    days = (day, day + dt.timedelta(days=1))
    bounds = [_stored(dt.datetime.combine(day, dt.time()).astimezone()) for day in days]
    found = asked.device.query(TODAY, [*bounds, MOST])
    shops = [uuid.UUID(bytes=line[3]) for line in found if isinstance(line[3], bytes)]
    lent = telling.lent_by(asked.device, "customer", shops)
    lines = [
        {
            "starts": _moment(line[0]), "ends": _moment(line[1]), "subject": line[2],
            "customer": shop, "name": line[4],
            "where": ", ".join(str(part) for part in line[5:7] if part),
            "lent": screen.person(asked, lent[shop]) if shop in lent else "",
        }
        for line, shop in zip(found, shops, strict=True)
    ]  # fmt: skip
    return screen.render(asked, "masterdata/today.html", appointments=lines)


def _moment(stored: object) -> dt.datetime | None:
    return EPOCH + stored * MICROSECOND if isinstance(stored, int) else None


def _stored(moment: dt.datetime) -> int:
    return (moment - EPOCH) // MICROSECOND
