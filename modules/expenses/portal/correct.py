"""A counter-entry to a trip: so much more or less, and why. It stays."""

from __future__ import annotations

from starlette.responses import Response

from modules.expenses.portal.one import CORRECTED_IN
from modules.expenses.portal.reading import CORRECTION, OPEN, viewer, whole
from modules.expenses.portal.sheet import sheet_of
from server.portal.public import (
    Asked,
    Form,
    NotAllowed,
    Portal,
    Unclear,
    Wrong,
    operation_on,
    read,
    to,
    write,
)
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import from_text
from syncengine.model.rights import Right

FIELDS = ("difference", "reason")


def correct(portal: Portal, asked: Asked) -> Response:
    """The form; with POST: it is written."""
    rights, of = viewer(asked), whole(portal, asked)
    if of.trip["status"] not in CORRECTED_IN or not rights.may(Right.ADD, CORRECTION):
        raise NotAllowed
    entity, form = portal.store.schema.entities[CORRECTION], Form({}, {})
    form.texts = {name: asked.value(name) for name in (*FIELDS, "item")}
    sheet = sheet_of(portal, asked.words, of)
    items = {line["key"].partition(".")[2]: line for line in sheet.items}
    if asked.method == "POST":
        values: dict[str, Stored] = {"trip": of.row.id}
        for name in FIELDS:
            try:
                values[name] = read(asked.words, entity.by_name[name], form.texts[name])
            except Wrong as wrong:
                form.errors[name] = str(wrong)
        if values.get("difference") == 0:
            form.errors["difference"] = asked.words("Nothing is no correction.")
        if item := form.texts["item"]:
            if item not in items:
                raise Unclear
            values["item"] = from_text(item)
        if not form.errors:
            new = portal.store.environment.new_id()
            write(portal, asked, [operation_on(portal, Action.INSERT, entity, new, values)], form)
            if not (form.errors or form.general):
                return to(f"{of.place}?saved=corrected")
    return portal.page(
        asked, "expenses/correct.html", 422 if form.errors or form.general else 200, open_=OPEN,
        trip=of.trip, place=of.place, sheet=sheet, form=form, items=items,
        limit=entity.by_name["reason"].type.limit,  # type: ignore[attr-defined]
    )  # fmt: skip
