"""Whether it is noted where a check-in happens, and erasing what is noted: for the whole
installation.
"""

from __future__ import annotations

import sqlalchemy as sa
from starlette.responses import Response

from modules.visit_reports.portal.returned import REPORTS
from modules.visit_reports.visits import PLACE
from server.portal.public import Asked, Portal, Setting, to
from syncengine.store.database import reading
from syncengine.store.store import Store

PLACES = "/portal/visit_reports/places"
SETTING = Setting(
    "visit_setting",
    begins={"places": True},
    choices={"on": {"places": True}, "off": {"places": False}, "erase": {"erase": True}},
)


def places(portal: Portal, asked: Asked) -> Response:
    """How it is, and how many are noted; with POST: change it."""
    store, rights = portal.store, asked.signed_in.rights
    form = SETTING.asked(portal, asked)
    if form is None:
        return to(f"{PLACES}?saved=1")
    found = SETTING.rows(store, rights)
    return portal.page(
        asked, "visit_reports/places.html", 422 if form.general else 200, place=PLACES,
        open_="visit_reports/reports", reports=REPORTS, form=form, saved=asked.value("saved"),
        noted=all(row.values["places"] for row in found), placed=_placed(store),
        erasing=any(row.values["erase"] for row in found),
        may_change=SETTING.may_change(rights), sure=asked.value("sure") == "1",
    )  # fmt: skip


def _placed(store: Store) -> int:
    """How many check-ins have a place: a number, so no limit cuts it."""
    visit = store.tables["visit"].c
    placed = sa.or_(*(visit[name].is_not(None) for name in PLACE))
    with reading(store.engine) as connection:
        return connection.scalar(sa.select(sa.func.count()).where(placed)) or 0
