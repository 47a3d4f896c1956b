"""Reject a trip: why, and item by item what is wrong with it. The rep has all of it with the next
sync, and the new draft shows it beside each.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from starlette.responses import Response

from modules.expenses.portal.reading import OBJECTION, OPEN, TRIP, Whole, decider, whole
from modules.expenses.portal.sheet import ABOUT, Line, Sheet, sheet_of
from server.portal.public import (
    Asked,
    Form,
    NotAllowed,
    Portal,
    Wrong,
    operation_on,
    read,
    to,
    write,
)
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import from_text
from syncengine.model.rights import Right

BEFORE = "o."  # of an input's name; the line's key follows


def reject(portal: Portal, asked: Asked) -> Response:
    """The form; with POST: the trip goes back to the rep."""
    rights, of = decider(portal, asked), whole(portal, asked)
    if of.trip["status"] != "in_review":
        raise NotAllowed
    may_object = rights.may(Right.ADD, OBJECTION)
    sheet, form = sheet_of(portal, asked.words, of), Form({"reason": asked.value("reason")}, {})
    lines = list(_lines(sheet)) if may_object else []
    for line in lines:
        form.texts[line["key"]] = asked.value(BEFORE + line["key"])
    if asked.method == "POST":
        operations = _operations(portal, asked, of, form)
        if not form.errors:
            write(portal, asked, operations, form)
        if not (form.errors or form.general):
            return to(f"{of.place}?saved=rejected")
    return portal.page(
        asked, "expenses/reject.html", 422 if form.errors or form.general else 200, open_=OPEN,
        trip=of.trip, who=of.named.get(of.trip["employee"], ""), place=of.place, sheet=sheet,
        form=form, may_object=may_object, before=BEFORE,
    )  # fmt: skip


def _lines(sheet: Sheet) -> Iterator[Line]:
    for lines in (sheet.stages, sheet.days, sheet.drives, sheet.items):
        yield from lines


def _operations(portal: Portal, asked: Asked, of: Whole, form: Form) -> list[Operation]:
    """The objections, and the step that gives the trip back. Without a reason for all of it theirs
    are it.
    """
    schema = portal.store.schema
    objection, trip = schema.entities[OBJECTION], schema.entities[TRIP]
    said: dict[str, str] = {}
    for key, text in form.texts.items():
        try:
            told = read(asked.words, objection.by_name["reason"], text.replace("\r\n", "\n"))
        except Wrong as wrong:
            if text.strip():
                form.errors[key] = str(wrong)
            continue
        if isinstance(told, str) and told.strip():
            said[key] = told.strip()
    reason = said.pop("reason", "") or "\n".join(dict.fromkeys(said.values()))
    if not reason and not form.errors:
        form.errors["reason"] = asked.words("Say why, here or beside a line.")
    made = [
        operation_on(
            portal, Action.INSERT, objection, portal.store.environment.new_id(),
            {"trip": of.row.id, "reason": text, **_about(key)},
        )
        for key, text in said.items()
    ]  # fmt: skip
    step: dict[str, Stored] = {"status": "rejected", "reason": reason[:1_000]}
    return [*made, operation_on(portal, Action.UPDATE, trip, of.row.id, step)]


def _about(key: str) -> dict[str, Stored]:
    kind, _, which = key.partition(".")
    if kind in ABOUT:
        return {kind: from_text(which)}
    return {"day": dt.date.fromisoformat(which).isoformat()}
