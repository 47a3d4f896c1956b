"""Who holds a row: found from its buckets, without asking everybody for their grants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from syncengine.model.manifest import Schema
from syncengine.model.terms import (
    AddressedTo,
    BucketKind,
    BucketName,
    FacetOf,
    Follows,
    Rules,
    Substitution,
    Subtree,
)
from syncengine.store import tables as t
from syncengine.store.database import reading
from syncengine.store.grants import grants_of
from syncengine.store.store import Store
from syncengine.store.working import Key, Working, target_tag

MAX_LOOKED_AT = 300  # people whose grants are read for one row


@dataclass(frozen=True)
class Holders:
    """everybody: it is on every device, and `people` is empty. people: those who have a device that
    is not locked, by id. more: not all who may hold it were looked at.
    """

    everybody: bool
    people: tuple[bytes, ...] = ()
    more: bool = False


def holders(store: Store, tag: int, row_id: bytes) -> Holders:
    """Who holds a row now; none where there is no such row."""
    with reading(store.engine) as connection:
        working = Working(connection, store.schema, store.tables)
        names = {name.whole for name in working.state((tag, row_id)).buckets}
        if any(name.kind is BucketKind.EVERYONE for name in names):
            return Holders(True)
        found = _Candidates(connection, store.schema, store.tables)
        likely = found.of(working, (tag, row_id), frozenset())
        s = t.seat.c
        seated = set(connection.scalars(sa.select(s.person).distinct().where(s.state != "locked")))
        some, now = sorted(likely & seated), store.environment.now()
        people = tuple(
            person
            for person in some[:MAX_LOOKED_AT]
            if not names.isdisjoint(
                grant.bucket
                for grant in grants_of(connection, store.schema, store.tables, person, now)
            )
        )
    return Holders(False, people, len(some) > MAX_LOOKED_AT)


class _Candidates:
    """At least everybody who may hold a bucket: dates and switches are not looked at."""

    def __init__(
        self, connection: sa.Connection, schema: Schema, tables: dict[str, sa.Table]
    ) -> None:
        self._connection = connection
        self._schema = schema
        self._tables = tables

    def of(self, working: Working, key: Key, seen: frozenset[Key]) -> set[bytes]:
        """For a row; a facet's buckets are told by the row that it belongs to."""
        state, entity = working.state(key), self._schema.by_tag[key[0]]
        people: set[bytes] = set()
        for name in state.buckets:
            people |= self._of_bucket(name.whole)
        if not any(name.kind is BucketKind.FACET for name in state.buckets):
            return people
        for term in entity.terms:
            if isinstance(term, FacetOf | Follows) and state.values is not None:
                target = state.values[entity.position(term.field)]
                above = target_tag(self._schema, entity, term.field)
                if isinstance(target, bytes) and (above, target) not in seen:
                    people |= self.of(working, (above, target), seen | {key})
        return people

    def _of_bucket(self, name: BucketName) -> set[bytes]:
        match name.kind:
            case BucketKind.PERSONAL:
                return {name.key}
            case BucketKind.BUSINESS:
                return self._walk([name.key], up=True) | self._substitutes({name.key})
            case BucketKind.RULE:
                return self._audience(name.key)
            case BucketKind.LENT:
                return self._lent(name.key)
            case BucketKind.ADDRESSED:
                return self._addressed(name.key)
            case _:
                return set()

    def _walk(self, people: Iterable[bytes], up: bool) -> set[bytes]:
        """These and everybody above or below them. UNION: a cycle in the data ends the walk."""
        found = set(people)
        for term in self._schema.grants:
            if isinstance(term, Subtree):
                c = self._tables[term.entity].c
                parent = c[term.parent]
                walk = sa.select(c.id.label("id"), parent.label("above")).where(c.id.in_(found))
                level = walk.cte(recursive=True)
                join = c.id == level.c.above if up else parent == level.c.id
                level = level.union(sa.select(c.id, parent).join(level, join))
                found |= set(self._connection.scalars(sa.select(level.c.id)))
        return found

    def _substitutes(self, people: set[bytes]) -> set[bytes]:
        """Who substitutes any of these, and who substitutes those, as far as chains go."""
        found: set[bytes] = set()
        for term in self._schema.grants:
            if isinstance(term, Substitution):
                c, level = self._tables[term.entity].c, set(people)
                for _ in range(term.depth):
                    wanted = sa.select(c[term.substitute]).where(c[term.absent].in_(level))
                    level = set(self._connection.scalars(wanted.where(c[term.active]))) - found
                    found |= level
        return found

    def _audience(self, rule_id: bytes) -> set[bytes]:
        audiences, found = self._schema.audiences, set[bytes]()
        for term in self._schema.grants:
            if isinstance(term, Rules) and audiences is not None:
                rule, member = self._tables[term.entity].c, self._tables[audiences.members].c
                wanted = sa.select(member[audiences.person], member[audiences.below]).where(
                    member[audiences.audience] == rule[term.audience], rule.id == rule_id
                )
                rows = self._connection.execute(wanted).all()
                found |= {person for person, _ in rows}
                found |= self._walk([person for person, below in rows if below], up=False)
        return found

    def _lent(self, substitution: bytes) -> set[bytes]:
        found: set[bytes] = set()
        for term in self._schema.grants:
            if isinstance(term, Substitution):
                c = self._tables[term.entity].c
                wanted = sa.select(c[term.substitute]).where(c.id == substitution)
                found |= set(self._connection.scalars(wanted))
        return found | self._substitutes(found)

    def _addressed(self, row_id: bytes) -> set[bytes]:
        found: set[bytes] = set()
        for term in self._schema.grants:
            if isinstance(term, AddressedTo):
                c = self._tables[term.entity].c
                wanted = sa.select(c[term.person]).where(c[term.content] == row_id)
                found |= set(self._connection.scalars(wanted.distinct()))
        return found
