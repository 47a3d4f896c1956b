"""Long exports in every state, for pictures and for axe."""

from __future__ import annotations

import time

import msgspec

from server.export_errand import KIND, LongExport
from server.list_export import sight
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.errands import Errands, State
from syncengine.store.listing import Wanted
from syncengine.store.store import Store

ALL = Rights(administers=True)
COLUMNS = ("number", "name", "owner")


def export_lists(store: Store, user: bytes) -> None:
    """One that is ready, and one that came to nothing; the server does what is asked for."""
    _ask(store, user, "customer", ".xlsx", COLUMNS)
    _ask(store, user, "article", ".csv", ("number", "gone"))


def export_paths(store: Store) -> dict[str, str]:
    """Page -> its address."""
    (user,), _ = listing.page(
        store, ALL, Wanted("office_user", filters=(("name", "anna"),)), 1, None
    )
    found = {
        "export" if errand.state is State.DONE else "export-failed": errand.id
        for errand in Errands(store).of(user.id)
        if errand.kind == KIND
    }
    return {"exports": "/portal/exports"} | {
        name: f"/portal/exports/{to_text(errand)}" for name, errand in found.items()
    }


def _ask(store: Store, user: bytes, name: str, ending: str, columns: tuple[str, ...]) -> None:
    entity, errands = store.schema.entities[name], Errands(store)
    with reading(store.engine) as connection:
        known = [column for column in columns if column in entity.by_name]
        seen = sight(connection, store, ALL, entity, known)
    head = tuple(column.title() for column in columns)
    long = LongExport(name, "", (), "number", False, columns, head, ending, seen)
    asked = errands.ask(KIND, user, name, user, msgspec.msgpack.encode(long))
    for _ in range(600):
        found = errands.find(asked)
        if found is not None and found.finished:
            return
        time.sleep(0.05)
    raise AssertionError(f"the export of {name} was not done")
