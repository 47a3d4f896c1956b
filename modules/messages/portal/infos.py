"""The infos, the newest first, each with how far its recipients have come."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from modules.messages.portal.draft import may_compose
from modules.messages.portal.reading import (
    INFO,
    OVERDUE,
    PAGE,
    PANEL,
    counted,
    state_of,
    viewer,
)
from modules.messages.receipts import OPEN
from server.portal.public import Asked, Portal, Unclear, after, cursor_of
from syncengine.model.ids import to_text
from syncengine.store import listing
from syncengine.store.listing import Wanted

STATUSES = ("", "published", "draft", "withdrawn")
PLACE = "/portal/messages/infos"


def infos(portal: Portal, asked: Asked) -> Response:
    """A page of them; `status`: those in that one only."""
    rights, store, status = viewer(asked), portal.store, asked.value("status")
    if status not in STATUSES:
        raise Unclear
    filters = (("status", status),) if status else ()
    wanted = Wanted(INFO, filters=filters, order="starts_at", descending=True)
    begin = after(store.schema.entities[INFO], wanted.order, asked)
    rows, more = listing.page(store, rights, wanted, PAGE, begin)
    counts, now = counted(store, rights, (row.id for row in rows)), store.environment.now()
    lines = []
    for row in rows:
        state, by_status = state_of(row.values, counts[row.id], now), counts[row.id]
        open_ = sum(by_status.get(name, 0) for name in OPEN)
        lines.append(
            {
                "id": to_text(row.id), "state": state, **row.values,
                "ends_at": row.values["expires_at"] or row.values["due_at"],
                "all": sum(by_status.values()), "confirmed": by_status.get("confirmed", 0),
                "overdue": open_ if state == OVERDUE else 0,
            }
        )  # fmt: skip
    said = {"status": status, "after": cursor_of(wanted.order, rows[-1]) if more else ""}
    return portal.page(
        asked, "messages/infos_rows.html" if asked.partial else "messages/infos.html",
        open_="messages/infos", lines=lines, only=status, statuses=STATUSES, panel=PANEL,
        may_add=may_compose(portal, rights), later=begin is not None, place=PLACE,
        following=f"{PLACE}?{urlencode({n: v for n, v in said.items() if v})}" if more else "",
    )  # fmt: skip
