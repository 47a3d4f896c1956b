"""Whether the office has the days of submitted sheets by person: for the whole installation."""

from __future__ import annotations

from starlette.responses import Response

from modules.timesheets.portal.reading import PLACE, SETTING
from server.portal.public import Asked, Portal, Setting, to

SWITCH = "/portal/timesheets/evaluation"
EVALUATION = Setting(
    SETTING,
    begins={},
    choices={"on": {"evaluation": True}, "off": {"evaluation": False}},
)


def evaluation(portal: Portal, asked: Asked) -> Response:
    """How it is; with POST: change it."""
    store, rights = portal.store, asked.signed_in.rights
    form = EVALUATION.asked(portal, asked)
    if form is None:
        return to(f"{SWITCH}?saved=1")
    found = EVALUATION.rows(store, rights)
    return portal.page(
        asked, "timesheets/evaluation.html", 422 if form.general else 200, place=SWITCH,
        open_="timesheets/sheets", sheets=PLACE, form=form, saved=asked.value("saved"),
        is_on=all(row.values["evaluation"] for row in found),
        may_change=EVALUATION.may_change(rights),
    )  # fmt: skip
