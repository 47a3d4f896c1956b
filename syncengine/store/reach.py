"""Whom a node of a hierarchy reaches: the owners of the rows at it or below it, counted.

The table `reach` has, for each node and person, how many rows of the entity `through` that person
owns there or below. A changed row costs the nodes above it, a moved subtree what its top node has.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from syncengine.model.entity import Entity
from syncengine.model.fit import owner_of
from syncengine.model.manifest import Schema
from syncengine.model.terms import Reaches
from syncengine.store import tables as t
from syncengine.store.database import KEYS_PER_STATEMENT, upsert
from syncengine.store.working import Change, Key, RowState, Values, batches, target_tag

_r = t.reach.c


@dataclass(frozen=True)
class Way:
    """How rows of one entity reach nodes of a hierarchy. tags: of the nodes and of these rows;
    places: of the fields among their values.
    """

    term: Reaches
    nodes: Entity
    through: Entity
    node_tag: int
    through_tag: int
    parent: int
    place: int
    owner: int

    def placed(self, values: Values | None) -> tuple[bytes, bytes] | None:
        """(node, owner) of a row, if it has both."""
        if values is None:
            return None
        node, owner = values[self.place], values[self.owner]
        return (node, owner) if isinstance(node, bytes) and isinstance(owner, bytes) else None

    def above(self, values: Values | None) -> bytes | None:
        """The node above one with these values."""
        if values is None:
            return None
        parent = values[self.parent]
        return parent if isinstance(parent, bytes) else None


def ways(schema: Schema) -> dict[int, Way]:
    """The tag of each entity that rows reach through -> how."""
    found: dict[int, Way] = {}
    for entity in schema.by_tag.values():
        for term in entity.terms:
            if isinstance(term, Reaches):
                tag, through = schema.tags[term.through], schema.entities[term.through]
                node_tag = target_tag(schema, entity, term.field)
                nodes = schema.by_tag[node_tag]
                places = through.position(term.place), through.position(owner_of(through))
                parent = nodes.position(term.parent)
                found[tag] = Way(term, nodes, through, node_tag, tag, parent, *places)
    return found


class Reach:
    """Reads the counts in the caller's transaction and keeps them up in a commit's."""

    def __init__(
        self, connection: sa.Connection, schema: Schema, tables: dict[str, sa.Table]
    ) -> None:
        self._connection = connection
        self._tables = tables
        self._ways = ways(schema)
        self._tags = schema.tags
        self._people: dict[tuple[int, bytes], frozenset[bytes]] = {}

    def people(self, through: str, node: bytes) -> frozenset[bytes]:
        """Who owns a row of the entity `through` at the node or below."""
        key = self._tags[through], node
        if key not in self._people:
            self.load(through, (node,))
        return self._people[key]

    def load(self, through: str, nodes: Iterable[bytes]) -> None:
        """Read the people of many nodes at once: `people` would read them one by one."""
        tag = self._tags[through]
        missing = sorted({node for node in nodes if (tag, node) not in self._people})
        for some in batches(missing, KEYS_PER_STATEMENT):
            found: dict[bytes, set[bytes]] = {node: set() for node in some}
            wanted = sa.select(_r.node, _r.person).where(_r.through == tag, _r.node.in_(some))
            for node, person in self._connection.execute(wanted):
                found[node].add(person)
            self._people |= {(tag, node): frozenset(people) for node, people in found.items()}

    def concerns(self, key: Key, before: Values | None, after: Values | None) -> bool:
        """Whether a change of this row may change whom a node reaches."""
        way = self._ways.get(key[0])
        if way is not None and way.placed(before) != way.placed(after):
            return True
        nodes = (other for other in self._ways.values() if other.node_tag == key[0])
        return any(other.above(before) != other.above(after) for other in nodes)

    def settle(self, changed: list[Change]) -> list[tuple[str, list[bytes]]]:
        """Count again after rows changed, whose typed tables are up to date; (through, nodes) of
        those that reach other people now.
        """
        found = []
        for way in self._ways.values():
            counts = _Counts(self._connection, way, self._tables[way.nodes.name])
            counts.move([(key[1], b, a) for key, b, a in changed if key[0] == way.node_tag])
            counts.place([(b, a) for key, b, a in changed if key[0] == way.through_tag])
            nodes = counts.store()
            if nodes:
                found.append((way.through.name, nodes))
        self._people.clear()
        return found


@dataclass
class _Counts:
    """One commit's changes of the counts of one way."""

    connection: sa.Connection
    way: Way
    table: sa.Table
    changes: dict[bytes, dict[bytes, int]] = field(default_factory=dict)  # node -> person -> by
    parents: dict[bytes, bytes | None] = field(default_factory=dict)

    def move(self, nodes: list[tuple[bytes, RowState, RowState]]) -> None:
        """Nodes that got another parent: all are taken off first, so that no order of hanging them
        on again closes a circle on the way.
        """
        above = self.way.above
        moved = [
            (node, above(before.values), above(after.values))
            for node, before, after in nodes
            if above(before.values) != above(after.values)
        ]
        self._load(node for _, *ends in moved for node in ends if node is not None)
        self.parents |= {node: before for node, before, _ in moved}
        for node, before, _ in moved:
            self._add(before, self._below(node), -1)
            self.parents[node] = None
        for node, _, after in moved:
            self._add(after, self._below(node), 1)
            self.parents[node] = after

    def place(self, rows: list[tuple[RowState, RowState]]) -> None:
        """Rows that came, went, or have another node or owner."""
        placed = [(self.way.placed(b.values), self.way.placed(a.values)) for b, a in rows]
        moved = [(before, after) for before, after in placed if before != after]
        self._load(place[0] for ends in moved for place in ends if place is not None)
        for before, after in moved:
            for place, by in ((before, -1), (after, 1)):
                if place is not None:
                    self._add(place[0], {place[1]: 1}, by)

    def _below(self, node: bytes) -> dict[bytes, int]:
        """Person -> rows at the node or below, with the changes made so far."""
        wanted = sa.select(_r.person, _r.count).where(
            _r.through == self.way.through_tag, _r.node == node
        )
        counts: dict[bytes, int] = dict(map(tuple, self.connection.execute(wanted)))
        for person, by in self.changes.get(node, {}).items():
            counts[person] = counts.get(person, 0) + by
        return counts

    def _add(self, node: bytes | None, counts: dict[bytes, int], sign: int) -> None:
        """To a node and all above it; a circle in the data ends the walk."""
        met: set[bytes] = set()
        while node is not None and node not in met:
            met.add(node)
            changes = self.changes.setdefault(node, {})
            for person, count in counts.items():
                changes[person] = changes.get(person, 0) + sign * count
            node = self.parents.get(node)

    def _load(self, nodes: Iterable[bytes]) -> None:
        """What is above these nodes, level by level; what is known already stays."""
        c = self.table.c
        level = {node for node in nodes if node not in self.parents}
        while level:
            found: dict[bytes, bytes | None] = dict.fromkeys(level)
            for some in batches(sorted(level), KEYS_PER_STATEMENT):
                wanted = sa.select(c.id, c[self.way.term.parent]).where(c.id.in_(some))
                found |= dict(map(tuple, self.connection.execute(wanted)))
            self.parents |= found
            level = {p for p in found.values() if p is not None and p not in self.parents}

    def store(self) -> list[bytes]:
        """Write the new counts; the nodes that some person came to or left."""
        tag = self.way.through_tag
        changes = {
            (node, person): by
            for node, people in self.changes.items()
            for person, by in people.items()
            if by
        }
        present: dict[tuple[bytes, bytes], int] = {}
        people = sorted({person for _, person in changes})
        for nodes in batches(sorted({node for node, _ in changes}), KEYS_PER_STATEMENT // 2):
            for some in batches(people, KEYS_PER_STATEMENT // 2):
                wanted = sa.select(_r.node, _r.person, _r.count).where(
                    _r.through == tag, _r.node.in_(nodes), _r.person.in_(some)
                )
                present |= {(n, p): count for n, p, count in self.connection.execute(wanted)}
        counts = {key: present.get(key, 0) + by for key, by in changes.items()}
        rows: list[dict[str, Any]] = [
            {"through": tag, "node": node, "person": person, "count": count}
            for (node, person), count in counts.items()
            if count
        ]
        upsert(self.connection, t.reach, rows)
        gone = [{"k_node": n, "k_person": p} for (n, p), count in counts.items() if not count]
        if gone:
            at = (_r.node == sa.bindparam("k_node"), _r.person == sa.bindparam("k_person"))
            self.connection.execute(sa.delete(t.reach).where(_r.through == tag, *at), gone)
        return sorted({k[0] for k, count in counts.items() if bool(count) != (k in present)})
