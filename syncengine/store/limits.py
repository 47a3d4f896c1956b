"""Which rows there are for an office user who is limited to a person and everybody below.

The same twice: of one row in Python, as a changeset makes it, and of a table in SQL, for lists. A
property test holds the two equal.

- People: that person, and who is below.
- Rows of an entity with row terms: those in a business or personal bucket of one of these people,
  and those that everyone has. What only a rule, a list or an address puts on a device is none.
- A facet: where the row is that it belongs to.
- Rows of other entities: where they refer to something and all that they refer to is theirs.
- Office users and their rights: none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from syncengine.model.entity import Entity
from syncengine.model.manifest import Schema
from syncengine.model.terms import BucketKind, FacetOf, Subtree
from syncengine.store import tables as t
from syncengine.store.working import Key, RowState, target_tag

OWN = frozenset({BucketKind.BUSINESS, BucketKind.PERSONAL})
MAX_LEVELS = 1_000  # above a person; the write path refuses circles


def _parents(schema: Schema) -> list[str]:
    """The fields that refer to who leads a person."""
    grants = schema.grants
    return [g.parent for g in grants if isinstance(g, Subtree) and g.entity == schema.people]


def _facet(entity: Entity) -> str | None:
    """The field that refers to the row that a facet belongs to."""
    return next((term.field for term in entity.terms if isinstance(term, FacetOf)), None)


def _is_foreign(schema: Schema, entity: Entity, path: frozenset[str]) -> bool:
    """Whether no row of it is theirs, whatever it says. path: the entities that refer to it."""
    of_accounts = schema.accounts is not None and entity.name in schema.accounts.entities
    return of_accounts or entity.name in path


@dataclass(frozen=True)
class Limit:
    """To `node` and below. state: a row as the changeset that is being judged makes it."""

    schema: Schema
    node: bytes
    state: Callable[[Key], RowState]

    def has(self, key: Key, row: RowState, path: frozenset[str] = frozenset()) -> bool:
        """Whether a row, that is as `row` says, is theirs."""
        entity = self.schema.by_tag[key[0]]
        if row.values is None or _is_foreign(self.schema, entity, path):
            return False
        if entity.name == self.schema.people:
            return self._leads(key, row)
        facet = _facet(entity)
        if entity.terms and facet is None:
            return any(
                name.kind is BucketKind.EVERYONE or (name.kind in OWN and self._covers(name.key))
                for name in row.buckets
            )
        places = [entity.position(facet)] if facet else [place for place, _ in entity.references]
        named = [
            (target_tag(self.schema, entity, entity.fields[place].name), row_id)
            for place in places
            if isinstance(row_id := row.values[place], bytes)
        ]
        onward = path | {entity.name}
        return bool(named) and all(self.has(other, self.state(other), onward) for other in named)

    def _covers(self, person: bytes) -> bool:
        key = self.schema.tags[self.schema.people], person
        return self._leads(key, self.state(key))

    def _leads(self, key: Key, row: RowState) -> bool:
        """Whether the node is this person, or leads them."""
        above = [(key, row)]
        entity = self.schema.entities[self.schema.people]
        places = [entity.position(name) for name in _parents(self.schema)]
        for _ in range(MAX_LEVELS):
            if any(met[1] == self.node for met, _ in above):
                return True
            leaders = {
                (key[0], leader)
                for _, at in above
                if at.values is not None
                for place in places
                if isinstance(leader := at.values[place], bytes)
            }
            if not leaders:
                return False
            above = [(leader, self.state(leader)) for leader in leaders]
        return False


def theirs(
    schema: Schema, tables: dict[str, sa.Table], node: bytes, entity: str
) -> sa.ColumnElement[bool]:
    """The condition on `tables[entity]` that leaves the rows that Limit has."""
    people = tables[schema.people]
    walk = sa.select(people.c.id).where(people.c.id == node).cte(recursive=True)
    for parent in _parents(schema):
        walk = walk.union(sa.select(people.c.id).join(walk, people.c[parent] == walk.c.id))
    return _Theirs(schema, tables, sa.select(walk.c.id)).of(entity, frozenset())


@dataclass(frozen=True)
class _Theirs:
    schema: Schema
    tables: dict[str, sa.Table]
    people: sa.Select[tuple[bytes]]

    def of(self, name: str, path: frozenset[str]) -> sa.ColumnElement[bool]:
        entity, c = self.schema.entities[name], self.tables[name].c
        if _is_foreign(self.schema, entity, path):
            return sa.false()
        if name == self.schema.people:
            return c.id.in_(self.people)
        facet = _facet(entity)
        if entity.terms and facet is None:
            return self._placed(self.schema.tags[name], c.id)
        onward = path | {name}
        fields = [facet] if facet else [entity.fields[place].name for place, _ in entity.references]
        held = []
        for field in fields:
            other = self.schema.by_tag[target_tag(self.schema, entity, field)].name
            rows = sa.select(self.tables[other].c.id).where(self.of(other, onward))
            held.append(sa.or_(c[field].is_(None), c[field].in_(rows)))
        some = sa.or_(sa.false(), *(c[field].is_not(None) for field in fields))
        return sa.and_(some, *held)

    def _placed(self, tag: int, row_id: sa.ColumnElement[bytes]) -> sa.ColumnElement[bool]:
        m, b = t.membership.c, t.bucket.c
        own = sa.and_(b.kind.in_(sorted(OWN)), b.key.in_(self.people))
        return sa.exists(
            sa.select(sa.literal(1))
            .select_from(t.membership.join(t.bucket, m.bucket == b.id))
            .where(m.tag == tag, m.row_id == row_id, m.gone.is_(False))
            .where(sa.or_(b.kind == str(BucketKind.EVERYONE), own))
        )
