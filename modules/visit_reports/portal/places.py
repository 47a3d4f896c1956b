"""Whether it is noted where a check-in happens, and erasing what is noted: for the whole
installation.
"""

from __future__ import annotations

import sqlalchemy as sa
from starlette.responses import Response

from modules.visit_reports.portal.returned import REPORTS
from modules.visit_reports.visits import PLACE
from server.portal.public import Asked, Form, NotAllowed, Portal, Unclear, Unseen, to, write
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import ZERO_ID, derived_id
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.listing import Listed, Wanted
from syncengine.store.named import operation
from syncengine.store.store import Store

SETTING = "visit_setting"
PLACES = "/portal/visit_reports/places"
ROW = derived_id(ZERO_ID, b"visit_setting")  # of two who make it at once, one is told
ROWS = 100  # of settings: one, unless somebody has made more of them as records
VALUES: dict[str, dict[str, Stored]] = {
    "on": {"places": True},
    "off": {"places": False},
    "erase": {"erase": True},
}  # what can be done


def _may_change(rights: Rights) -> bool:
    """It is for everybody: not for whoever is limited to some people."""
    return (
        rights.limit is None and rights.may(Right.ADD, SETTING) and rights.may(Right.EDIT, SETTING)
    )


def places(portal: Portal, asked: Asked) -> Response:
    """How it is, and how many are noted; with POST: change it."""
    store, rights = portal.store, asked.signed_in.rights
    if not rights.may(Right.VIEW, SETTING):
        raise Unseen
    form = Form({}, {})
    if asked.method == "POST":
        if not _may_change(rights):
            raise NotAllowed
        if asked.value("do") not in VALUES:
            raise Unclear
        write(portal, asked, _operations(portal, rights, VALUES[asked.value("do")]), form)
        if not form.general:
            return to(f"{PLACES}?saved=1")
    found = _settings(store, rights)
    return portal.page(
        asked, "visit_reports/places.html", 422 if form.general else 200, place=PLACES,
        open_="visit_reports/reports", reports=REPORTS, form=form, saved=asked.value("saved"),
        noted=all(row.values["places"] for row in found), placed=_placed(store),
        erasing=any(row.values["erase"] for row in found), may_change=_may_change(rights),
        sure=asked.value("sure") == "1",
    )  # fmt: skip


def _settings(store: Store, rights: Rights) -> list[Listed]:
    return listing.page(store, rights, Wanted(SETTING), ROWS, None)[0]


def _operations(portal: Portal, rights: Rights, values: dict[str, Stored]) -> list[Operation]:
    store = portal.store
    found = _settings(store, rights)
    if not found:
        made: dict[str, Stored] = {"places": True, **values}
        return [operation(store.schema, Action.INSERT, SETTING, ROW, made)]
    return [operation(store.schema, Action.UPDATE, SETTING, row.id, values) for row in found]


def _placed(store: Store) -> int:
    """How many check-ins have a place: a number, so no limit cuts it."""
    visit = store.tables["visit"].c
    placed = sa.or_(*(visit[name].is_not(None) for name in PLACE))
    with reading(store.engine) as connection:
        return connection.scalar(sa.select(sa.func.count()).where(placed)) or 0
