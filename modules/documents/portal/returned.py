"""Forms that came back: what was signed, by whom, and giving one back to the rep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.responses import Response

from modules.documents.portal.reading import DOCUMENT, EDITION, PAGE, PANEL, RETURN
from server.portal.public import (
    Asked,
    Form,
    NotAllowed,
    Portal,
    Unclear,
    Unseen,
    Wrong,
    after,
    cursor_of,
    found_row,
    media_type,
    operation_on,
    read,
    to,
    write,
)
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.listing import Listed, Wanted

STATUSES = ("", "returned", "reopened", "draft")
PLACE = "/portal/documents/returns"
FILES = ("signed_file", "signature")


def _viewer(asked: Asked) -> Rights:
    rights = asked.signed_in.rights
    if not rights.may(Right.VIEW, RETURN):
        raise Unseen
    return rights


def returns(portal: Portal, asked: Asked) -> Response:
    """A page of them, the last to come first; `status`: those in that one only."""
    rights, store, status = _viewer(asked), portal.store, asked.value("status")
    if status not in STATUSES:
        raise Unclear
    filters = (("status", status),) if status else ()
    wanted = Wanted(RETURN, filters=filters, order="returned_at", descending=True)
    entity = store.schema.entities[RETURN]
    begin = after(entity, wanted.order, asked)
    rows, more = listing.page(store, rights, wanted, PAGE, begin)
    forms = _forms(portal, rights, rows)
    titles = listing.reference_titles(store, rights, entity, rows)
    following = cursor_of(wanted.order, rows[-1]) if more else ""
    return portal.page(
        asked, "documents/returns_rows.html" if asked.partial else "documents/returns.html",
        open_="documents/returns", only=status, statuses=STATUSES, place=PLACE, panel=PANEL,
        lines=[
            {"id": to_text(row.id), **row.values, "title": forms.get(row.values["edition"], ""),
             "shop": _called(titles, row, "customer"),
             "by": _called(titles, row, "returned_by")}
            for row in rows
        ], later=begin is not None,
        following=f"{PLACE}?status={status}&after={following}" if more else "",
    )  # fmt: skip


def _called(titles: Mapping[tuple[str, bytes], str], row: Listed, name: str) -> str:
    value = row.values[name]
    return titles[name, value] if isinstance(value, bytes) else ""


def _forms(portal: Portal, rights: Rights, rows: Iterable[Listed]) -> dict[Stored, str]:
    """Edition -> what the document is called, of those that the user may see."""
    store = portal.store

    def those(entity: str, of: Iterable[Listed], name: str) -> list[Listed]:
        ids = [value for one in of if isinstance(value := one.values[name], bytes)]
        return listing.several(store, rights, entity, ids)

    found = those(EDITION, rows, "edition")
    called: dict[Stored, str] = {
        one.id: str(one.values["title"]) for one in those(DOCUMENT, found, DOCUMENT)
    }
    return {one.id: called.get(one.values[DOCUMENT], "") for one in found}


def returned(portal: Portal, asked: Asked) -> Response:
    """One of them; with POST: reopen it, with a reason."""
    rights, store = _viewer(asked), portal.store
    entity = store.schema.entities[RETURN]
    row = found_row(portal, asked, entity)
    place, form = f"{PLACE}/{to_text(row.id)}", Form({"reason": asked.value("reason")}, {})
    may_reopen = row.values["status"] == "returned" and rights.may(Right.EDIT, RETURN)
    if asked.method == "POST":
        if not may_reopen:
            raise NotAllowed
        try:
            reason = read(asked.words, entity.by_name["reason"], form.texts["reason"])
        except Wrong as wrong:
            reason, form.errors["reason"] = None, str(wrong)
        if reason is None:
            form.errors.setdefault("reason", asked.words("This is needed."))
        else:
            values: dict[str, Stored] = {"status": "reopened", "reason": reason}
            write(
                portal, asked, [operation_on(portal, Action.UPDATE, entity, row.id, values)], form
            )
            if not (form.general or form.errors):
                return to(f"{place}?saved=reopened")
    titles = listing.reference_titles(store, rights, entity, [row])
    files = [
        (name, f"/portal/data/{RETURN}/{to_text(row.id)}/attachment/{name}",
         media_type(portal, value)[0].startswith("image/"))
        for name in FILES if isinstance(value := row.values[name], bytes)
    ]  # fmt: skip
    return portal.page(
        asked, "documents/return.html", 422 if form.general or form.errors else 200,
        open_="documents/returns", row=row.values, row_id=to_text(row.id), place=place, form=form,
        title=_forms(portal, rights, [row]).get(row.values["edition"], ""), files=files,
        named={name: title for (name, _), title in titles.items()}, may_reopen=may_reopen,
        limit=500, saved=asked.value("saved"), back=PLACE,
    )  # fmt: skip
