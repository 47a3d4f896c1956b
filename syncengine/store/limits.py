"""Which rows there are for an office user who is limited to a person and everybody below.

The same twice: of one row in Python, as a changeset makes it, and of a table in SQL, for lists. A
property test holds the two equal. Where a row is only for what carries it, or for the node that it
reaches, and it or all these have left the devices, SQL alone has it: it can be looked at, and no
more, since a changeset does not know all rows that refer to one.

- People: that person, and who is below.
- Rows of an entity with row terms: those that these put into a business or personal bucket of one
  of these people, or into everyone's; what has left all devices, for its state or its window,
  where it would be had it not. What only a rule, a list or an address puts on a device is none, and
  none is a draft that no device has had.
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
from syncengine.model.terms import (
    BucketKind,
    Carried,
    Everyone,
    FacetOf,
    Follows,
    OwnedBy,
    PersonalTo,
    Reaches,
    RowTerm,
    Subtree,
)
from syncengine.store import tables as t
from syncengine.store.working import Key, RowState, Values, target_tag

OWN = frozenset({BucketKind.BUSINESS, BucketKind.PERSONAL})
MAX_LEVELS = 1_000  # above a person; the write path refuses circles


def _parents(schema: Schema) -> list[str]:
    """The fields that refer to who leads a person."""
    grants = schema.grants
    return [g.parent for g in grants if isinstance(g, Subtree) and g.entity == schema.people]


def _facet(entity: Entity) -> str | None:
    """The field that refers to the row that a facet belongs to."""
    return next((term.field for term in entity.terms if isinstance(term, FacetOf)), None)


def _drafts(schema: Schema, entity: Entity) -> tuple[str, frozenset[str]]:
    """(field, states) of the rows that no device has had; no states, where there are none."""
    lifecycle = schema.lifecycles.get(entity.name)
    return (lifecycle.field, lifecycle.unsent) if lifecycle is not None else ("", frozenset())


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
        facet, onward = _facet(entity), path | {entity.name}
        if entity.terms and facet is None:
            placed = any(
                name.kind is BucketKind.EVERYONE or (name.kind in OWN and self._covers(name.key))
                for name in row.buckets
            )
            return placed or self._puts(entity, row.values, onward)
        places = [entity.position(facet)] if facet else [place for place, _ in entity.references]
        named = [place for place in places if isinstance(row.values[place], bytes)]
        return bool(named) and all(self._names(entity, at, row.values, onward) for at in named)

    def _puts(self, entity: Entity, values: Values, onward: frozenset[str]) -> bool:
        """Whether fields of the row put it there, wherever it is now."""
        field, drafts = _drafts(self.schema, entity)
        if drafts and values[entity.position(field)] in drafts:
            return False
        for term in entity.terms:
            match term:
                case Everyone():
                    return True
                case OwnedBy(name) | PersonalTo(name):
                    person = values[entity.position(name)]
                    if isinstance(person, bytes) and self._covers(person):
                        return True
                case Follows(name):
                    if self._names(entity, entity.position(name), values, onward):
                        return True
        return False

    def _names(self, entity: Entity, place: int, values: Values, onward: frozenset[str]) -> bool:
        """Whether the row that a field refers to is theirs."""
        row_id = values[place]
        if not isinstance(row_id, bytes):
            return False
        other = target_tag(self.schema, entity, entity.fields[place].name), row_id
        return self.has(other, self.state(other), onward)

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
    return _Theirs(schema, tables, sa.select(walk.c.id)).of(entity, tables[entity], frozenset())


@dataclass(frozen=True)
class _Theirs:
    schema: Schema
    tables: dict[str, sa.Table]
    people: sa.Select[tuple[bytes]]

    def of(self, name: str, rows: sa.FromClause, path: frozenset[str]) -> sa.ColumnElement[bool]:
        """rows: the entity's table, or an alias of it."""
        entity, c, onward = self.schema.entities[name], rows.c, path | {name}
        if _is_foreign(self.schema, entity, path):
            return sa.false()
        if name == self.schema.people:
            return c.id.in_(self.people)
        facet = _facet(entity)
        if entity.terms and facet is None:
            return self._put(entity, rows, onward)
        fields = [facet] if facet else [entity.fields[place].name for place, _ in entity.references]
        held = [
            sa.or_(c[field].is_(None), self._named(entity, field, rows, onward)) for field in fields
        ]
        some = sa.or_(sa.false(), *(c[field].is_not(None) for field in fields))
        return sa.and_(some, *held)

    def _put(
        self, entity: Entity, rows: sa.FromClause, onward: frozenset[str]
    ) -> sa.ColumnElement[bool]:
        """By the entity's terms, wherever rows are now."""
        field, drafts = _drafts(self.schema, entity)
        some = sa.or_(sa.false(), *(self._by(entity, x, rows, onward) for x in entity.terms))
        return sa.and_(rows.c[field].not_in(sorted(drafts)), some) if drafts else some

    def _by(
        self, entity: Entity, term: RowTerm, rows: sa.FromClause, onward: frozenset[str]
    ) -> sa.ColumnElement[bool]:
        match term:
            case Everyone():
                return sa.true()
            case OwnedBy(field) | PersonalTo(field):
                return rows.c[field].in_(self.people)
            case Follows(field):
                return self._named(entity, field, rows, onward)
            case Reaches():
                reach = t.reach.alias()
                through = reach.c.through == self.schema.tags[term.through]
                there = sa.and_(through, reach.c.node == rows.c[term.field])
                return _some(reach, there, reach.c.person.in_(self.people))
            case Carried():
                by = self.tables[term.entity].alias()
                carries = by.c[term.field] == rows.c.id
                return _some(by, carries, self.of(term.entity, by, onward))
        return sa.false()

    def _named(
        self, entity: Entity, field: str, rows: sa.FromClause, onward: frozenset[str]
    ) -> sa.ColumnElement[bool]:
        """Whether the row that a field refers to is theirs."""
        other = self.schema.by_tag[target_tag(self.schema, entity, field)].name
        named = self.tables[other].alias()  # a statement may ask the table for something else, too
        return rows.c[field].in_(sa.select(named.c.id).where(self.of(other, named, onward)))


def _some(table: sa.FromClause, *where: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists(sa.select(sa.literal(1)).select_from(table).where(*where))
