"""The designer: the questions of a draft, changed part by part, and beside them the phone."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from modules.visit_reports.portal.drafts import (
    Gone,
    Saved,
    draft_row,
    form_in,
    is_draft,
    place_of,
    save,
)
from modules.visit_reports.portal.editing import moved, removed, shifted
from modules.visit_reports.portal.phone import tried
from modules.visit_reports.portal.telling import Telling
from server.portal.public import Asked, Portal, Unclear, to
from syncengine.model.questionnaire import Form, Kind
from syncengine.store.listing import Listed

ACTS: dict[str, Callable[[Form, str], Form]] = {
    "up": lambda form, key: shifted(form, key, -1),
    "down": lambda form, key: shifted(form, key, 1),
    "remove": removed,
}


def design(portal: Portal, asked: Asked) -> Response:
    """All questions in their order; with POST: one part moved or removed."""
    row = draft_row(portal, asked)
    if not is_draft(row):
        return to(place_of(row))
    if asked.method == "GET":
        return page(portal, asked, row, Saved())
    what, _, key = asked.value("do").partition(".")
    if what != "move" and what not in ACTS:
        raise Unclear
    try:
        if what == "move":
            key = asked.value("key")
            into, before = asked.value("section"), asked.value("before")
            found = save(portal, asked, row, lambda form: moved(form, key, into, before))
        else:
            found = save(portal, asked, row, lambda form: ACTS[what](form, key))
    except Gone:
        found = Saved([asked.words("Somebody else has removed this meanwhile.")])
    if found.fits:
        here = "" if what == "remove" else f"?at={key}#part-{key}"
        return to(f"{place_of(row)}/design{here}")
    return page(portal, asked, row, found)


def phone(portal: Portal, asked: Asked) -> Response:
    """After something was typed or chosen on the phone; with `do`, whether it is complete."""
    row = draft_row(portal, asked)
    if not asked.partial:
        return page(portal, asked, row, Saved())
    form = form_in(row)
    return portal.page(
        asked, "visit_reports/phone.html", row=row.values, place=place_of(row), form=form,
        **tried(portal, asked, form),
    )  # fmt: skip


def page(portal: Portal, asked: Asked, row: Listed, found: Saved) -> Response:
    """The designer. found: what became of a change; what is wrong with it is told at its place."""
    form = form_in(row)
    return portal.page(
        asked, "visit_reports/design.html", 200 if found.fits else 422,
        open_="visit_reports/templates", row=row.values, place=place_of(row), form=form,
        tell=Telling(portal, asked), kinds=list(Kind), found=found, at=asked.value("at"),
        removes=asked.value("remove"),
        **tried(portal, asked, form),
    )  # fmt: skip
