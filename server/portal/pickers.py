"""Choosing a row that something refers to: what pickers offer, and what was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from starlette.responses import Response

from server.portal.asked import Asked
from server.portal.lists import entity_of
from server.portal.pages import Portal
from server.portal.values import Wrong, hint
from syncengine.model.entity import Entity
from syncengine.model.fields import Bool, Reference
from syncengine.model.ids import from_text, to_text
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.listing import Wanted

CHOICES = 300  # rows offered for a reference to something without numbers
OFFERED = 20  # for what is being typed


def pick(portal: Portal, asked: Asked) -> Response:
    """What a picker offers for what is being typed, in whichever input that is."""
    entity = entity_of(portal, asked)
    typed = [values[-1] for name, values in asked.query.items() if name != "entity"]
    return options(portal, asked, entity, typed[0] if typed else "")


def options(portal: Portal, asked: Asked, entity: Entity, typed: str) -> Response:
    """The rows whose texts contain it: by number, or by id where there are no numbers."""
    store, rights = portal.store, asked.signed_in.rights
    numbered = "number" in entity.by_name
    wanted = Wanted(entity.name, typed.strip()[:100], order="number" if numbered else None)
    rows, _ = listing.page(store, rights, wanted, OFFERED, None)
    with reading(store.engine) as connection:
        titles = listing.titles(connection, store, rights, entity.name, [row.id for row in rows])
    found = [
        (str(row.values["number"]) if numbered else to_text(row.id), titles[row.id]) for row in rows
    ]
    return portal.page(asked, "options.html", options=found)


def referred(portal: Portal, asked: Asked, entity: str, text: str) -> bytes:
    """The row that was typed by its number or chosen by its id, among those that the user sees;
    Wrong.
    """
    rights = asked.signed_in.rights
    if "number" in portal.store.schema.entities[entity].by_name:
        found = listing.numbered(portal.store, rights, entity, text)
        if len(found) == 1:
            return found[0]
    try:
        row = listing.one(portal.store, rights, entity, from_text(text))
    except ValueError:
        row = None
    if row is None:
        kind = asked.words.entity(entity)
        raise Wrong(asked.words("There is no such row (%(kind)s) with this number.", kind=kind))
    return row.id


def choices(
    portal: Portal, asked: Asked, entity: Entity, now: Mapping[str, str] | None = None
) -> dict[str, list[tuple[str, str]]]:
    """(value, text) by field, for those that are a choice among few. now: the texts of the form,
    by field: what stands there can be chosen however many there are, so that saving keeps it.
    """
    w, store, found = asked.words, portal.store, {}
    for one in entity.fields:
        kind = one.type
        if isinstance(kind, Bool):
            found[one.name] = [("true", w("yes")), ("false", w("no"))]
        elif hint(one) == "enum":
            found[one.name] = [(v, w.choice(v)) for v in getattr(kind, "values", ())]
        elif (
            isinstance(kind, Reference)
            and "number" not in store.schema.entities[kind.entity].by_name
        ):
            rows, _ = listing.page(
                store, asked.signed_in.rights, Wanted(kind.entity), CHOICES, None
            )
            with reading(store.engine) as connection:
                ids, rights = {r.id for r in rows}, asked.signed_in.rights
                with suppress(ValueError):
                    ids.add(from_text((now or {}).get(one.name, "")))
                told = listing.titles(connection, store, rights, kind.entity, ids)
            found[one.name] = [(to_text(i), title) for i, title in told.items()]
    return found
