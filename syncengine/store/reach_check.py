"""Whom nodes reach, computed anew: for the doctor, and shared with nothing that keeps it up."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa

from syncengine.model.fit import owner_of
from syncengine.store import tables as t
from syncengine.store.database import upsert
from syncengine.store.reach import Way, ways
from syncengine.store.store import Store

STREAM = 1_000
Counts = Counter[tuple[int, bytes, bytes]]  # (through, node, person) -> rows
_r = t.reach.c


def owners_below(
    connection: sa.Connection, tables: dict[str, sa.Table], way: Way, node: bytes
) -> set[bytes]:
    """Who owns a row at the node or below; a circle in the data ends the walk."""
    nodes, through = tables[way.nodes.name].c, tables[way.through.name].c
    walk = sa.select(sa.literal(node, nodes.id.type).label("id")).cte("below", recursive=True)
    walk = walk.union(sa.select(nodes.id).join(walk, nodes[way.term.parent] == walk.c.id))
    owner = through[owner_of(way.through)]
    placed = through[way.term.place].in_(sa.select(walk.c.id))
    return set(connection.scalars(sa.select(owner).distinct().where(placed, owner.is_not(None))))


def counted(store: Store, connection: sa.Connection) -> Counts:
    """What the table `reach` should hold. Memory: the hierarchies, and that table once."""
    counts: Counts = Counter()
    for way in ways(store.schema).values():
        nodes = store.tables[way.nodes.name].c
        parents = sa.select(nodes.id, nodes[way.term.parent])
        above: dict[bytes, bytes | None] = dict(map(tuple, connection.execute(parents)))
        through = store.tables[way.through.name].c
        place, owner = through[way.term.place], through[owner_of(way.through)]
        rows = sa.select(place, owner).where(place.is_not(None), owner.is_not(None))
        for node, person in connection.execute(rows.execution_options(yield_per=STREAM)):
            met: set[bytes] = set()
            while node is not None and node not in met:
                met.add(node)
                counts[way.through_tag, node, person] += 1
                node = above.get(node)
    return counts


def kept(connection: sa.Connection) -> Counts:
    """What it does hold."""
    found = connection.execute(sa.select(_r.through, _r.node, _r.person, _r.count))
    return Counter({(through, node, person): count for through, node, person, count in found})


def count_again(store: Store, connection: sa.Connection) -> None:
    """Write the table anew."""
    rows = [
        {"through": through, "node": node, "person": person, "count": count}
        for (through, node, person), count in counted(store, connection).items()
    ]
    connection.execute(sa.delete(t.reach))
    upsert(connection, t.reach, rows)
