"""Hierarchies as trees: opened node by node, and at once down to what is searched for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from starlette.responses import Response

from server.cursor import cursor_of
from server.portal.asked import Asked
from server.portal.cursors import after
from server.portal.lists import MAX_SEARCH, changeable, entity_of, found_row
from server.portal.pages import Portal, to
from server.portal.refusals import Unseen
from syncengine.model.ids import from_text, to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.listing import Listed, Wanted
from syncengine.store.parents import Tree
from syncengine.store.trees import Node, children, nodes, order_of, paths

CHILDREN = 100  # nodes directly below one, at a time
MATCHES = 50  # of a search
OPENED = 3  # so few at the top are open from the start


@dataclass
class Twig:
    """A node as it is drawn. partial: not all that is directly below it is in `below`; following:
    where the rest of it is. named: by the address.
    """

    node: Node
    open: bool = False
    below: list[Twig] = field(default_factory=list)
    following: str = ""
    partial: bool = False
    found: bool = False
    named: bool = False

    @property
    def id(self) -> str:
        """As addresses have it."""
        return to_text(self.node.row.id)


def tree_of(portal: Portal, asked: Asked, right: Right = Right.VIEW) -> Tree:
    """That of the entity in the address; Unseen where it has none, or without the right."""
    found = portal.trees.get(entity_of(portal, asked, right).name)
    if found is None:
        raise Unseen
    return found


def tree(portal: Portal, asked: Asked) -> Response:
    """The top of the tree, or the ways down to what is searched for or named."""
    shown, search = tree_of(portal, asked), asked.value("q").strip()[:MAX_SEARCH]
    twigs, following, more = list[Twig](), "", False
    at = _named(portal, asked, shown)
    if search:
        wanted = Wanted(shown.entity, search, order=order_of(portal.store, shown))
        rows, more = listing.page(portal.store, asked.signed_in.rights, wanted, MATCHES, None)
        twigs = _grown(portal, asked, shown, [row.id for row in rows])
    elif at is not None:
        twigs = _grown(portal, asked, shown, [at.id], open_=True)
    else:
        twigs, following = _level(portal, asked, shown, None)
        if len(twigs) <= OPENED:
            for twig in twigs:
                _open(portal, asked, shown, twig)
    template = "tree.html"
    if asked.partial:
        template = "tree_nodes.html" if asked.value("after") else "tree_body.html"
    entity = portal.store.schema.entities[shown.entity]
    return portal.page(
        asked, template, open_=shown.entity, hierarchy=shown, twigs=twigs, following=following,
        search=search, more=more, most=MATCHES, pruned=bool(search or at), place=_place(shown),
        may_move=changeable(asked.signed_in.rights, Right.EDIT, entity), absent=entity.absent,
        moved=bool(asked.value("moved")), top=not entity.by_name[shown.parent].required,
    )  # fmt: skip


def below(portal: Portal, asked: Asked) -> Response:
    """What is directly below a node, as a part of the page."""
    shown = tree_of(portal, asked)
    entity = portal.store.schema.entities[shown.entity]
    row = found_row(portal, asked, entity)
    if not asked.partial:
        rest = f"&after={quote(asked.value('after'))}" if asked.value("after") else ""
        return to(f"{_place(shown)}?at={to_text(row.id)}{rest}")
    twigs, following = _level(portal, asked, shown, row.id)
    return portal.page(
        asked, "tree_nodes.html", hierarchy=shown, twigs=twigs, following=following,
        place=_place(shown), may_move=changeable(asked.signed_in.rights, Right.EDIT, entity),
    )  # fmt: skip


def _place(shown: Tree) -> str:
    return f"/portal/data/{shown.entity}/tree"


def _named(portal: Portal, asked: Asked, shown: Tree) -> Listed | None:
    """The node that the address wants to be seen."""
    if not asked.value("at"):
        return None
    try:
        row_id = from_text(asked.value("at"))
    except ValueError:
        raise Unseen from None
    found = listing.one(portal.store, asked.signed_in.rights, shown.entity, row_id)
    if found is None:
        raise Unseen
    return found


def _level(
    portal: Portal, asked: Asked, shown: Tree, above: bytes | None, first: bool = False
) -> tuple[list[Twig], str]:
    """(nodes directly below one, where the following are). first: from the beginning, whatever the
    address says.
    """
    store, rights, order = portal.store, asked.signed_in.rights, order_of(portal.store, shown)
    entity = store.schema.entities[shown.entity]
    begin = None if first else after(entity, order, asked)
    found, more = children(store, rights, shown, above, CHILDREN, begin)
    path = f"/{to_text(above)}" if above else ""
    following = f"{_place(shown)}{path}?after={cursor_of(order, found[-1].row)}" if more else ""
    return [Twig(node) for node in found], following


def _open(portal: Portal, asked: Asked, shown: Tree, twig: Twig, first: bool = True) -> None:
    twig.open = twig.node.below > 0
    twig.below, twig.following = _level(portal, asked, shown, twig.node.row.id, first)


def _grown(
    portal: Portal, asked: Asked, shown: Tree, ids: Sequence[bytes], open_: bool = False
) -> list[Twig]:
    """Nothing but the ways from the top down to these nodes. open_: the nodes are."""
    store, rights = portal.store, asked.signed_in.rights
    ways = paths(store, rights, shown, ids)
    above: dict[bytes, bytes] = {}
    for one, way in ways.items():
        chain = [*way, one]
        above |= dict(zip(chain[1:], chain, strict=False))
    rows = listing.several(store, rights, shown.entity, {*above, *above.values(), *ids})
    rows.sort(key=lambda row: (str(row.values.get("number") or ""), row.id))
    made = {node.row.id: Twig(node) for node in nodes(store, rights, shown, rows)}
    for one in ids:
        if one not in made:  # it went away just now
            continue
        made[one].found = True
        if open_:
            made[one].named = True
            _open(portal, asked, shown, made[one], first=False)
    return _hung(made.values(), made, above)


def _hung(twigs: Iterable[Twig], made: dict[bytes, Twig], above: dict[bytes, bytes]) -> list[Twig]:
    """Each below the one above it; those at the top."""
    tops = []
    for twig in twigs:
        parent = above.get(twig.node.row.id)
        if parent is None or parent not in made:
            tops.append(twig)
        else:
            made[parent].below.append(twig)
            made[parent].open = made[parent].partial = True
    return tops
