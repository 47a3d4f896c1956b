"""One document: its editions, whom it is for, and taking it back."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from modules.documents.portal.reading import (
    DOCUMENT,
    EDITION,
    PANEL,
    PARTS,
    PLACE,
    TARGET,
    editions,
    holders,
    may_write,
    mood_of,
    reached,
    targets_of,
    viewer,
)
from modules.documents.shelf import GIVEN_OUT
from server.portal.public import (
    Asked,
    Form,
    NotAllowed,
    Portal,
    found_row,
    operation_on,
    to,
    write,
)
from syncengine.model.entity import Action
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.listing import Listed, Wanted

TARGETS = ("employee", "customer", "market", "audience", "rule")


def document(portal: Portal, asked: Asked) -> Response:
    """Its editions, the last to begin first."""
    store, rights = portal.store, viewer(asked)
    row = found_row(portal, asked, store.schema.entities[DOCUMENT])
    found, now = editions(store, rights, row.id), store.environment.now()
    held = holders(store, [one.id for one in found])
    return portal.page(
        asked, "documents/editions.html" if asked.partial else "documents/document.html",
        open_="documents/all", row=row.values, row_id=to_text(row.id), panel=PANEL,
        place=f"{PLACE}/{to_text(row.id)}", saved=asked.value("saved"),
        lines=[
            {"mood": mood_of(one.values, now), "held": held[one.id], "id": to_text(one.id),
             **one.values}
            for one in found
        ],
        may_add=may_write(portal, rights), may_withdraw=_may_withdraw(asked, found),
        reached=reached(portal, rights, targets_of(store, row.id)),
        targets=_targets(portal, asked, row),
    )  # fmt: skip


def _may_withdraw(asked: Asked, found: list[Listed]) -> bool:
    given_out = any(one.values["status"] in GIVEN_OUT for one in found)
    return given_out and asked.signed_in.rights.may(Right.EDIT, EDITION)


def _targets(portal: Portal, asked: Asked, row: Listed) -> list[tuple[str, bool, str]]:
    """(whom it names, everybody below, what that is called) of each."""
    store, rights = portal.store, asked.signed_in.rights
    found, _ = listing.page(
        store, rights, Wanted(TARGET, filters=((DOCUMENT, row.id),)), PARTS, None
    )
    titles = listing.reference_titles(store, rights, store.schema.entities[TARGET], found)
    return [
        (name, bool(one.values["below"]), titles.get((name, value), ""))
        for one in found
        for name in TARGETS
        if isinstance(value := one.values[name], bytes)
    ]


def withdraw(portal: Portal, asked: Asked) -> Response:
    """What would go; with POST: take an edition back, or all of them."""
    store, rights = portal.store, viewer(asked)
    if not rights.may(Right.EDIT, EDITION):
        raise NotAllowed
    row = found_row(portal, asked, store.schema.entities[DOCUMENT])
    place, now = f"{PLACE}/{to_text(row.id)}", store.environment.now()
    going = [
        one
        for one in editions(store, rights, row.id)
        if one.values["status"] in GIVEN_OUT and asked.value("edition") in ("", to_text(one.id))
    ]
    form = Form({}, {}, row.version)
    if not going:
        return to(place)
    if asked.method == "POST":
        entity = store.schema.entities[EDITION]
        values = {"status": "withdrawn"}
        operations = [operation_on(portal, Action.UPDATE, entity, one.id, values) for one in going]
        write(portal, asked, operations, form)
        if not form.general:
            return to(f"{place}?saved=withdrawn")
    held = holders(store, [one.id for one in going])
    lines: list[dict[str, Any]] = [
        {"mood": mood_of(one.values, now), "held": held[one.id], **one.values} for one in going
    ]
    return portal.page(
        asked, "documents/withdraw.html", 422 if form.general else 200, open_="documents/all",
        row=row.values, place=place, form=form, lines=lines, only=asked.value("edition"),
    )  # fmt: skip
