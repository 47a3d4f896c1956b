"""What belongs to a customer: contacts, appointments to come and of late, one's own notes."""

from __future__ import annotations

import datetime as dt

from device_sdk import Row
from device_sdk.screen.public import Asked, Screen
from syncengine.model.fields import EPOCH, MICROSECOND

MOST = 30  # of each kind
LATE = dt.timedelta(days=30)  # that are shown of the past


def about(screen: Screen, asked: Asked, row: Row | None) -> str:
    """Below the customer's own fields."""
    assert row is not None
    device = asked.device
    since = (screen.now() - LATE - EPOCH) // MICROSECOND
    limit = f"LIMIT {MOST}"
    return screen.render(
        asked, "masterdata/customer.html", customer=row, me=device.person,
        now=screen.now(),
        contacts=device.rows("contact", f"customer=? AND active ORDER BY name {limit}", [row.id]),
        appointments=device.rows(
            "appointment", f"customer=? AND active AND starts_at>=? ORDER BY starts_at {limit}",
            [row.id, since],
        ),
        notes=device.rows("note", f"customer=? ORDER BY id DESC {limit}", [row.id]),
    )  # fmt: skip
