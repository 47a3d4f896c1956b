"""The templates, one line a family of editions; and a new one."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from modules.visit_reports.portal.reading import (
    PANEL,
    TEMPLATE,
    TEMPLATES,
    families,
    may_design,
    state_of,
    viewer,
)
from server.portal.public import (
    Asked,
    Form,
    Portal,
    Unclear,
    Unseen,
    Wrong,
    operation_on,
    read,
    to,
    write,
)
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import from_text, to_text
from syncengine.model.questionnaire import Form as Questionnaire
from syncengine.model.questionnaire_writing import write_form

TABS = {
    "": ("draft", "published", "ended", "archived"), "published": ("published",),
    "draft": ("draft",), "ended": ("ended", "archived"),
}  # fmt: skip
KINDS = ("standard", "dynamic")


def templates(portal: Portal, asked: Asked) -> Response:
    """A page of them; `status`: whose newest edition is in that one only."""
    rights, only = viewer(asked), asked.value("status")
    if only not in TABS:
        raise Unclear
    try:
        after = from_text(asked.value("after")) if asked.value("after") else None
    except ValueError:
        raise Unclear from None
    found, more = families(portal.store, rights, TABS[only], after)
    now = portal.store.environment.now()
    said = {"status": only, "after": to_text(found[-1].newest.id) if more else ""}
    page = "templates_rows" if asked.partial else "templates"
    return portal.page(
        asked, f"visit_reports/{page}.html", open_="visit_reports/templates", panel=PANEL,
        lines=[(one, state_of(one.newest.values, now)) for one in found], only=only, tabs=TABS,
        may_add=may_design(portal, rights), later=after is not None, place=TEMPLATES,
        following=f"{TEMPLATES}?{urlencode({n: v for n, v in said.items() if v})}" if more else "",
    )  # fmt: skip


def new(portal: Portal, asked: Asked) -> Response:
    """Its title and kind; with POST: an empty draft."""
    if not may_design(portal, asked.signed_in.rights):
        raise Unseen
    form = Form({"title": "", "kind": "standard"}, {})
    entity = portal.store.schema.entities[TEMPLATE]
    if asked.method == "POST":
        form.texts = {name: asked.value(name) for name in form.texts}
        if form.texts["kind"] not in KINDS:
            raise Unclear
        row_id = portal.store.environment.new_id()
        values: dict[str, Stored] = {
            "kind": form.texts["kind"], "status": "draft", "edition": 1, "family": to_text(row_id),
            "form": entity.by_name["form"].type.store(write_form(Questionnaire())),
        }  # fmt: skip
        try:
            values["title"] = read(asked.words, entity.by_name["title"], form.texts["title"])
        except Wrong as wrong:
            form.errors["title"] = str(wrong)
        if not form.errors:
            write(
                portal, asked, [operation_on(portal, Action.INSERT, entity, row_id, values)], form
            )
        if not (form.errors or form.general):
            return to(f"{TEMPLATES}/{to_text(row_id)}/design")
    return portal.page(
        asked, "visit_reports/new.html", 422 if form.errors or form.general else 200,
        open_="visit_reports/templates", form=form, kinds=KINDS, place=TEMPLATES,
        limit=getattr(entity.by_name["title"].type, "limit", 0),
    )  # fmt: skip
