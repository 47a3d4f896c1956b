"""A month of a rep: each day with what is told of it, and the office's steps."""

from __future__ import annotations

import datetime as dt

from starlette.responses import Response

from modules.timesheets.portal.reading import (
    CORRECTION,
    DAY,
    PANEL,
    PLACE,
    SHEET,
    employee,
    hours,
    parts,
    shown_days,
    viewer,
)
from modules.timesheets.sheet import zone_of
from server.portal.public import (
    Asked,
    Form,
    NotAllowed,
    Portal,
    Unclear,
    Wrong,
    found_row,
    operation_on,
    read,
    to,
    write,
)
from syncengine.model.entity import Action
from syncengine.model.fields import EPOCH, MICROSECOND, Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.listing import Listed

STEPS = {"approve": "approved", "reject": "rejected"}
PER_DAY = ("worked", "breaks", "travel", "visits")


def sheet(portal: Portal, asked: Asked) -> Response:
    """One of them; with POST: approve it, or reject it with a reason."""
    rights, store = viewer(asked), portal.store
    entity = store.schema.entities[SHEET]
    row = found_row(portal, asked, entity)
    place, form = f"{PLACE}/{to_text(row.id)}", Form({"reason": asked.value("reason")}, {})
    waits = row.values["status"] == "in_review" and rights.may(Right.EDIT, SHEET)
    if asked.method == "POST":
        if not waits:
            raise NotAllowed
        values = _step(portal, asked, form)
        if values is not None:
            change = operation_on(portal, Action.UPDATE, entity, row.id, values)
            write(portal, asked, [change], form)
            if not (form.general or form.errors):
                return to(f"{place}?saved={STEPS[asked.value('do')]}")
    titles = listing.reference_titles(store, rights, entity, [row])
    corrections = parts(store, rights, CORRECTION, row.id)
    return portal.page(
        asked, "timesheets/sheet.html", 422 if form.general or form.errors else 200,
        open_="timesheets/sheets", row=row.values, row_id=to_text(row.id), place=place, form=form,
        who=employee(titles, row), waits=waits, back=PLACE,
        month=dt.date.fromisoformat(str(row.values["month"])), shown=shown_days(rights),
        days=_days(portal, asked, row), panel=PANEL, saved=asked.value("saved"),
        limit=1_000, corrections=[
            {"day": dt.date.fromisoformat(str(one.values["day"])),
             "minutes": hours(one.values["minutes"]), "reason": one.values["reason"]}
            for one in corrections
        ], total=_total(row, corrections),
        may_correct=row.values["status"] in ("in_review", "approved")
        and rights.may(Right.ADD, CORRECTION),
    )  # fmt: skip


def _step(portal: Portal, asked: Asked, form: Form) -> dict[str, Stored] | None:
    """What is to be written; None where something is missing, which the form tells."""
    do = asked.value("do")
    if do not in STEPS:
        raise Unclear
    if do == "approve":
        return {"status": "approved"}
    field = portal.store.schema.entities[SHEET].by_name["reason"]
    try:
        reason = read(asked.words, field, form.texts["reason"])
    except Wrong as wrong:
        form.errors["reason"] = str(wrong)
        return None
    if reason is None:
        form.errors["reason"] = asked.words("This is needed.")
        return None
    return {"status": "rejected", "reason": reason}


def _total(row: Listed, corrections: list[Listed]) -> str | None:
    """With the counter-entries."""
    minutes = row.values["minutes"]
    if not isinstance(minutes, int):
        return None
    changed = (one.values["minutes"] for one in corrections)
    return hours(minutes + sum(number for number in changed if isinstance(number, int)))


def _days(portal: Portal, asked: Asked, row: Listed) -> list[dict[str, object]]:
    """As the clocks of the sheet's zone show them; none where the user may not see them."""
    zone = zone_of(str(row.values["zone"])) or dt.UTC

    def clock(at: Stored) -> str:
        assert isinstance(at, int)
        return f"{(EPOCH + at * MICROSECOND).astimezone(zone):%H:%M}"

    return [
        {"day": dt.date.fromisoformat(str(one.values["day"])),
         "starts": clock(one.values["starts_at"]), "ends": clock(one.values["ends_at"]),
         "notices": str(one.values["notices"] or "").split(),
         **{name: hours(one.values[name]) for name in PER_DAY}}
        for one in parts(portal.store, asked.signed_in.rights, DAY, row.id)
    ]  # fmt: skip
