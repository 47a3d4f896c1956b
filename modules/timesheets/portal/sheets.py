"""The list of sheets: first those that wait for the office."""

from __future__ import annotations

import datetime as dt

from starlette.responses import Response

from modules.timesheets.portal.reading import (
    PAGE,
    PANEL,
    PLACE,
    SETTING,
    SHEET,
    employee,
    hours,
    shown_days,
    viewer,
)
from server.portal.public import Asked, Portal, Unclear, after, cursor_of
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.listing import Wanted

STATUSES = ("in_review", "approved", "rejected", "submitted", "")


def sheets(portal: Portal, asked: Asked) -> Response:
    """A page of them, the last month first; `status`: those in that one only."""
    rights, store = viewer(asked), portal.store
    status = asked.value("status") if asked.value("status") or asked.value("all") else STATUSES[0]
    if status not in STATUSES:
        raise Unclear
    filters = (("status", status),) if status else ()
    wanted = Wanted(SHEET, filters=filters, order="month", descending=True)
    entity = store.schema.entities[SHEET]
    begin = after(entity, wanted.order, asked)
    rows, more = listing.page(store, rights, wanted, PAGE, begin)
    titles = listing.reference_titles(store, rights, entity, rows)
    query = f"?status={status}" if status else "?all=1"
    following = cursor_of(wanted.order, rows[-1]) if more else ""
    return portal.page(
        asked, "timesheets/sheets_rows.html" if asked.partial else "timesheets/sheets.html",
        open_="timesheets/sheets", only=status, statuses=STATUSES, place=PLACE, panel=PANEL,
        lines=[
            {"id": to_text(row.id), **row.values,
             "month": dt.date.fromisoformat(str(row.values["month"])),
             "total": None if row.values["minutes"] is None else hours(row.values["minutes"]),
             "who": employee(titles, row)}
            for row in rows
        ], later=begin is not None, query=query, shown=shown_days(rights),
        switch=rights.may(Right.VIEW, SETTING),
        following=f"{PLACE}{query}&after={following}" if more else "",
    )  # fmt: skip
