"""Whether the office has the days of submitted sheets by person: for the whole installation."""

from __future__ import annotations

from starlette.responses import Response

from modules.timesheets.portal.reading import PLACE, SETTING
from server.portal.public import Asked, Form, NotAllowed, Portal, Unclear, Unseen, to, write
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.ids import ZERO_ID, derived_id
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.listing import Listed, Wanted
from syncengine.store.named import operation
from syncengine.store.store import Store

SWITCH = "/portal/timesheets/evaluation"
ROW = derived_id(ZERO_ID, b"timesheet_setting")  # of two who make it at once, one is told
ROWS = 100  # of settings: one, unless somebody has made more of them as records
VALUES = {"on": True, "off": False}


def _may_change(rights: Rights) -> bool:
    """It is for everybody: not for whoever is limited to some people."""
    return (
        rights.limit is None and rights.may(Right.ADD, SETTING) and rights.may(Right.EDIT, SETTING)
    )


def evaluation(portal: Portal, asked: Asked) -> Response:
    """How it is; with POST: change it."""
    store, rights = portal.store, asked.signed_in.rights
    if not rights.may(Right.VIEW, SETTING):
        raise Unseen
    form = Form({}, {})
    if asked.method == "POST":
        if not _may_change(rights):
            raise NotAllowed
        if asked.value("do") not in VALUES:
            raise Unclear
        write(portal, asked, _operations(store, rights, VALUES[asked.value("do")]), form)
        if not form.general:
            return to(f"{SWITCH}?saved=1")
    return portal.page(
        asked, "timesheets/evaluation.html", 422 if form.general else 200, place=SWITCH,
        open_="timesheets/sheets", sheets=PLACE, form=form, saved=asked.value("saved"),
        is_on=all(row.values["evaluation"] for row in _settings(store, rights)),
        may_change=_may_change(rights),
    )  # fmt: skip


def _settings(store: Store, rights: Rights) -> list[Listed]:
    return listing.page(store, rights, Wanted(SETTING), ROWS, None)[0]


def _operations(store: Store, rights: Rights, is_on: bool) -> list[Operation]:
    found = _settings(store, rights)
    if not found:
        return [operation(store.schema, Action.INSERT, SETTING, ROW, {"evaluation": is_on})]
    return [
        operation(store.schema, Action.UPDATE, SETTING, row.id, {"evaluation": is_on})
        for row in found
    ]
