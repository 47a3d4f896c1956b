"""The documents, by title: how each stands, on how many devices it is."""

from __future__ import annotations

from starlette.responses import Response

from modules.documents.portal.reading import (
    DOCUMENT,
    PAGE,
    PANEL,
    PLACE,
    current,
    holders,
    may_write,
    mood_of,
    viewer,
)
from modules.documents.shelf import KINDS
from server.portal.public import Asked, Portal, Unclear, after, cursor_of
from syncengine.model.ids import to_text
from syncengine.store import listing
from syncengine.store.listing import Wanted


def documents(portal: Portal, asked: Asked) -> Response:
    """A page of them; `kind`: those of that kind only."""
    rights, store, kind = viewer(asked), portal.store, asked.value("kind")
    if kind not in ("", *KINDS):
        raise Unclear
    filters = (("kind", kind),) if kind else ()
    wanted = Wanted(DOCUMENT, filters=filters, order="title")
    begin = after(store.schema.entities[DOCUMENT], wanted.order, asked)
    rows, more = listing.page(store, rights, wanted, PAGE, begin)
    now = store.environment.now()
    stand = current(store, rights, [row.id for row in rows])
    held = holders(store, [one.id for one in stand.values()])
    lines = []
    for row in rows:
        one = stand.get(row.id)
        lines.append(
            {
                "id": to_text(row.id), **row.values, "edition": one.values if one else None,
                "mood": mood_of(one.values, now) if one else "draft",
                "held": held[one.id] if one else 0,
            }
        )  # fmt: skip
    following = cursor_of(wanted.order, rows[-1]) if more else ""
    return portal.page(
        asked, "documents/rows.html" if asked.partial else "documents/all.html",
        open_="documents/all", lines=lines, only=kind, kinds=("", *KINDS), place=PLACE,
        panel=PANEL, may_add=may_write(portal, rights), later=begin is not None,
        following=f"{PLACE}?kind={kind}&after={following}" if more else "",
    )  # fmt: skip
