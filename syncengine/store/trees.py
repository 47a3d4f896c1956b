"""Nodes of a tree for a user of the office: what is below one, how much that is, and the way to it.

What a user may not view is in no tree, count or title; a node whose node above is hidden is at the
top.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from syncengine.model.fields import Stored
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.accounts import shown_to
from syncengine.store.database import KEYS_PER_STATEMENT, reading
from syncengine.store.listing import Listed, Wanted
from syncengine.store.parents import Tree
from syncengine.store.store import Store
from syncengine.store.working import batches

MAX_DEPTH = 200  # nodes above one that are shown; the write path refuses circles


@dataclass(frozen=True)
class Node:
    """below: how many nodes are below it, at any depth. counted: how many rows of what is counted
    belong to it or to these; None where nothing is, or the user may not view it.
    """

    row: Listed
    title: str
    below: int
    counted: int | None


def children(
    store: Store,
    rights: Rights,
    tree: Tree,
    above: bytes | None,
    limit: int,
    after: tuple[Stored, bytes] | None,
) -> tuple[list[Node], bool]:
    """(at most `limit` nodes directly below `above`, or at the top; whether there are more). By
    their numbers; after: as `listing.page` has it.
    """
    if above is None:
        wanted = Wanted(tree.entity, order=order_of(store, tree), topmost=tree.parent)
    else:
        filters: tuple[tuple[str, Stored], ...] = ((tree.parent, above),)
        wanted = Wanted(tree.entity, filters=filters, order=order_of(store, tree))
    rows, more = listing.page(store, rights, wanted, limit, after)
    return nodes(store, rights, tree, rows), more


def order_of(store: Store, tree: Tree) -> str | None:
    """The field that nodes are sorted by."""
    return "number" if "number" in store.schema.entities[tree.entity].by_name else None


def nodes(store: Store, rights: Rights, tree: Tree, rows: Sequence[Listed]) -> list[Node]:
    """The rows as nodes, in their order."""
    ids = [row.id for row in rows]
    below, counted = dict[bytes, int](), dict[bytes, int]()
    counts = tree.counted is not None and rights.may(Right.VIEW, tree.counted[0])
    with reading(store.engine) as connection:
        titles = listing.titles(connection, store, rights, tree.entity, ids)
        for some in batches(ids, KEYS_PER_STATEMENT):
            walk = _walk(store, rights, tree, some)
            sums = sa.select(walk.c.top, sa.func.count() - 1).group_by(walk.c.top)
            if counts:
                held = _held(store, rights, tree, walk)
                sums = sums.join(held, held.c.id == walk.c.id)
                sums = sums.add_columns(sa.func.sum(held.c.number))
            for top, others, *number in connection.execute(sums):
                below[top], counted[top] = others, int(sum(number))
    return [
        Node(row, titles[row.id], below.get(row.id, 0), counted.get(row.id, 0) if counts else None)
        for row in rows
    ]


def _held(store: Store, rights: Rights, tree: Tree, walk: sa.CTE) -> sa.CTE:
    """(id, how many rows belong to it) of each node of the walk: once, however many tops it is
    below, and in an index: not one row is sorted.
    """
    assert tree.counted is not None
    entity, field = tree.counted
    table = store.tables[entity]
    each = sa.select(walk.c.id).distinct().subquery()
    number = (
        sa.select(sa.func.count())
        .where(table.c[field] == each.c.id, shown_to(rights, store.schema, store.tables, entity))
        .scalar_subquery()
    )
    held = sa.select(each.c.id, number.label("number")).cte("held")
    return held.prefix_with("MATERIALIZED")  # else it is counted for each line it is joined to


def _walk(store: Store, rights: Rights, tree: Tree, tops: Sequence[bytes]) -> sa.CTE:
    """(top, id) of each top and of everything below it. UNION: a circle in the data ends it."""
    table = store.tables[tree.entity]
    allowed = shown_to(rights, store.schema, store.tables, tree.entity)
    first = sa.select(table.c.id.label("top"), table.c.id.label("id"))
    walk = first.where(table.c.id.in_(tops), allowed).cte("walk", recursive=True)
    further = sa.select(walk.c.top, table.c.id).join_from(
        walk, table, table.c[tree.parent] == walk.c.id
    )
    return walk.union(further.where(allowed))


def paths(
    store: Store, rights: Rights, tree: Tree, ids: Iterable[bytes]
) -> dict[bytes, list[bytes]]:
    """id -> the nodes above it that the user may view, from the top down."""
    wanted = set(ids)
    above: dict[bytes, bytes | None] = {}
    level = set(wanted)
    for _ in range(MAX_DEPTH):
        if not level:
            break
        found = listing.several(store, rights, tree.entity, level)
        parents = {row.id: row.values[tree.parent] for row in found}
        above |= {i: p if isinstance(p, bytes) else None for i, p in parents.items()}
        level = {p for p in parents.values() if isinstance(p, bytes)} - above.keys()
    return {one: _upward(above, one) for one in wanted}


def _upward(above: dict[bytes, bytes | None], node: bytes) -> list[bytes]:
    found: list[bytes] = []
    here = above.get(node)
    while here is not None and here in above and here not in found:
        found.append(here)
        here = above[here]
    return found[::-1]
