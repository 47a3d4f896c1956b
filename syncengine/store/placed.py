"""Where rows belong, computed anew from the typed tables: for the doctor.

Nothing here is shared with the placing of a commit: what can be asked in SQL for many rows is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

import sqlalchemy as sa

from syncengine.model.entity import Entity, window_of
from syncengine.model.fields import Stored
from syncengine.model.terms import (
    EVERYONE,
    Addressed,
    BucketKind,
    BucketName,
    Carried,
    Everyone,
    FacetOf,
    Follows,
    Lent,
    OwnedBy,
    PersonalTo,
    Reaches,
    Ruled,
    facet_of,
)
from syncengine.store.conditions import as_sql
from syncengine.store.reach import ways
from syncengine.store.reach_check import owners_below
from syncengine.store.rules import Rule, Rulebook
from syncengine.store.store import Store
from syncengine.store.working import target_tag

MAX_DEPTH = 32  # rows that follow rows that follow rows...

Values = tuple[Stored, ...]
Names = frozenset[BucketName]


class Placed:
    """Reads in one transaction, batch by batch."""

    def __init__(self, store: Store, connection: sa.Connection) -> None:
        self._store = store
        self._connection = connection
        self._ways = ways(store.schema)
        self._rules = Rulebook(connection, store.schema, store.tables)

    def buckets(
        self, entity: Entity, rows: dict[bytes, Values], at: int | None
    ) -> dict[bytes, Names]:
        """Row id -> the buckets that the entity's terms name; followed rows are read once more.
        at: the instant by which windows have ended, None: none has.
        """
        return self._buckets(entity, rows, 0, at)

    def _buckets(
        self, entity: Entity, rows: dict[bytes, Values], depth: int, at: int | None
    ) -> dict[bytes, Names]:
        names: dict[bytes, Names] = dict.fromkeys(rows, frozenset())
        if at is not None:
            rows = {i: v for i, v in rows.items() if not window_of(entity, v).over(at)}
        lifecycle = self._store.schema.lifecycles.get(entity.name)
        if lifecycle is not None:
            rows = {i: v for i, v in rows.items() if not lifecycle.released(entity, v)}
        for term in entity.terms:
            if isinstance(term, Everyone):
                names |= {row_id: names[row_id] | {EVERYONE} for row_id in rows}
                continue
            if isinstance(term, Addressed):
                names |= {i: names[i] | _one(BucketKind.ADDRESSED, i) for i in rows}
                continue
            if isinstance(term, Ruled):
                for rule in self._rules.of(entity):
                    for row_id in self._selected(rule, rows):
                        names[row_id] |= {rule.bucket}
                continue
            if isinstance(term, Lent):
                for row_id, substitution in self._lent(entity, term, rows):
                    names[row_id] |= _one(BucketKind.LENT, substitution)
                continue
            if isinstance(term, Carried):
                for row_id in rows:
                    names[row_id] |= self._carried(term, row_id, depth, at)
                continue
            place = entity.position(term.field)
            targets = {i: v for i, values in rows.items() if isinstance(v := values[place], bytes)}
            match term:
                case OwnedBy():
                    reached = {v: _one(BucketKind.BUSINESS, v) for v in targets.values()}
                case PersonalTo():
                    reached = {v: _one(BucketKind.PERSONAL, v) for v in targets.values()}
                case Follows() | FacetOf() if depth < MAX_DEPTH:
                    tag = target_tag(self._store.schema, entity, term.field)
                    parent = self._store.schema.by_tag[tag]
                    above = self._load(parent, set(targets.values()))
                    reached = self._buckets(parent, above, depth + 1, at) if above else {}
                    if isinstance(term, FacetOf):
                        own = self._store.schema.tags[entity.name]
                        reached = {
                            row_id: frozenset(facet_of(own, name) for name in found)
                            for row_id, found in reached.items()
                        }
                case Follows() | FacetOf():
                    reached = {}
                case Reaches():
                    reached = {v: self._reached(term, v) for v in set(targets.values())}
                case _:
                    assert_never(term)
            for row_id, target in targets.items():
                names[row_id] |= reached.get(target, frozenset())
        part = entity.part.number
        return {
            row_id: frozenset(name._replace(part=part) for name in found)
            for row_id, found in names.items()
        }

    def _selected(self, rule: Rule, ids: Iterable[bytes]) -> list[bytes]:
        """Those of the rows that a rule selects: in SQL, where settling asks row by row."""
        table = self._store.tables[rule.target.name]
        meets = as_sql(rule.condition, self._store.tables, rule.target)
        chosen = sa.select(table.c.id).where(table.c.id.in_(ids), meets)
        return list(self._connection.scalars(chosen))

    def _reached(self, term: Reaches, node: bytes) -> Names:
        way = self._ways[self._store.schema.tags[term.through]]
        people = owners_below(self._connection, self._store.tables, way, node)
        return frozenset(BucketName(BucketKind.BUSINESS, person) for person in people)

    def _carried(self, term: Carried, row_id: bytes, depth: int, at: int | None) -> Names:
        """The buckets of all rows that refer to it, placed anew."""
        by = self._store.schema.entities[term.entity]
        table = self._store.tables[by.name]
        found = self._connection.execute(sa.select(table).where(table.c[term.field] == row_id))
        rows = {row[0]: tuple(row[2:]) for row in found}
        placed = self._buckets(by, rows, depth + 1, at) if depth < MAX_DEPTH else {}
        return frozenset(name for names in placed.values() for name in names)

    def _lent(self, entity: Entity, term: Lent, ids: Iterable[bytes]) -> list[tuple[bytes, bytes]]:
        """(row, substitution) for those of the rows that are lent: in SQL, owners included."""
        (lending,) = (x for x in self._store.schema.lendings if x.term == term)
        tables, grant = self._store.tables, lending.grant
        row, lists, by = tables[entity.name].c, tables[term.entity].c, tables[grant.entity].c
        lent = sa.select(row.id, by.id).where(
            row.id.in_(ids),
            lists[term.row] == row.id,
            lists[term.substitution] == by.id,
            by[grant.absent] == row[term.owner],
            by[lending.only_listed].is_(True),
        )
        return [(row_id, substitution) for row_id, substitution in self._connection.execute(lent)]

    def _load(self, entity: Entity, ids: set[bytes]) -> dict[bytes, Values]:
        table = self._store.tables[entity.name]
        rows = self._connection.execute(sa.select(table).where(table.c.id.in_(ids)))
        return {row[0]: tuple(row[2:]) for row in rows}


def _one(kind: BucketKind, key: bytes) -> Names:
    return frozenset((BucketName(kind, key),))
