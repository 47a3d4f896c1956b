"""Its page: how many customers the user sees."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response

from server.portal.public import Asked, Link, ModulePages, Panel, Portal, Unseen
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.listing import Wanted
from syncengine.store.marks import Mark
from syncengine.store.store import Store


def count(portal: Portal, asked: Asked) -> Response:
    """Only for who may view them."""
    rights = asked.signed_in.rights
    if not rights.may(Right.VIEW, "customer"):
        raise Unseen
    number = listing.count(portal.store, rights, Wanted("customer"))
    return portal.page(asked, "shelves/count.html", open_="shelves/count", number=number)


def counted(store: Store) -> Mark:
    """What the page looks like to who may see every customer."""
    return (listing.count(store, Rights(administers=True), Wanted("customer")),)


PAGES = ModulePages(
    Path(__file__).parent,
    {"/count": (count, ("GET",))},
    (Link("/count", "Count the shelves", "package", "customer"),),
    {"count": Panel("customer", counted)},
)
