"""Which buckets a person may hold at an instant, and why: in the caller's snapshot, set-based."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import assert_never

import sqlalchemy as sa

from syncengine.model.ids import ZERO_ID
from syncengine.model.manifest import Schema
from syncengine.model.terms import (
    EVERYONE,
    KINDS,
    AddressedTo,
    Audiences,
    BucketKind,
    BucketName,
    FacetOf,
    Grant,
    Reason,
    Rules,
    Substitution,
    Subtree,
    facet_of,
)
from syncengine.store import tables as t
from syncengine.store.audiences import audiences_of
from syncengine.store.rules import ruled_grants
from syncengine.store.substitutions import substituted


def grants_of(
    connection: sa.Connection, schema: Schema, tables: dict[str, sa.Table], person: bytes, at: int
) -> list[Grant]:
    """Every grant of `person` at an instant; a bucket granted for several reasons comes once for
    each.
    """
    grants = [
        Grant(BucketName(BucketKind.BUSINESS, person), Reason.OWN, person),
        Grant(BucketName(BucketKind.PERSONAL, person), Reason.OWN, person),
        Grant(EVERYONE, Reason.EVERYONE, ZERO_ID),
    ]
    for term in schema.grants:
        table = tables[term.entity]
        match term:
            case Subtree():
                grants += [
                    Grant(BucketName(BucketKind.BUSINESS, below), Reason.HIERARCHY, below)
                    for below in _below(connection, table, term.parent, person)
                    if below != person
                ]
            case Substitution():
                grants += substituted(connection, table, term, person, at)
            case Rules():
                grants += ruled_grants(connection, schema, tables, term, person, at)
            case AddressedTo():
                grants += addressed(connection, table, term, person)
            case Audiences():
                pass
            case _:
                assert_never(term)
    return [*grants, *_facets(connection, schema, tables, person, grants)]


def _facets(
    connection: sa.Connection,
    schema: Schema,
    tables: dict[str, sa.Table],
    person: bytes,
    grants: list[Grant],
) -> list[Grant]:
    """For each facet whose audience the person is in: the same grants of the facet's buckets."""
    facets = [
        (tag, term.audience)
        for tag, entity in schema.by_tag.items()
        for term in entity.terms
        if isinstance(term, FacetOf)
    ]
    if not facets:
        return []
    numbers = audiences_of(connection, schema, tables, person)
    return [
        replace(grant, bucket=facet_of(tag, grant.bucket))
        for tag, audience in facets
        if audience in numbers
        for grant in grants
    ]


def addressed(
    connection: sa.Connection, table: sa.Table, term: AddressedTo, person: bytes
) -> Iterator[Grant]:
    """A grant for each row that is addressed to the person."""
    content = table.c[term.content]
    named = sa.select(content).where(table.c[term.person] == person, content.is_not(None))
    for row_id in connection.scalars(named.distinct()):
        yield Grant(BucketName(BucketKind.ADDRESSED, row_id), Reason.ADDRESSED, row_id)


def by_bucket(grants: Iterable[Grant]) -> dict[BucketName, list[Grant]]:
    """The grants of each bucket, in their order."""
    found: dict[BucketName, list[Grant]] = {}
    for grant in grants:
        found.setdefault(grant.bucket, []).append(grant)
    return found


def _below(connection: sa.Connection, table: sa.Table, parent: str, person: bytes) -> list[bytes]:
    """Everybody below, at any depth. UNION, not UNION ALL: a cycle in the data ends the walk."""
    walk = sa.select(table.c.id).where(table.c[parent] == person).cte("below", recursive=True)
    walk = walk.union(sa.select(table.c.id).join(walk, table.c[parent] == walk.c.id))
    return list(connection.scalars(sa.select(walk.c.id)))


def bucket_ids(connection: sa.Connection, names: Iterable[BucketName]) -> dict[BucketName, int]:
    """The ids of the named buckets, in every part: of those that exist, as one without a row ever
    is not created.
    """
    by_kind: dict[BucketKind, set[bytes]] = {}
    for name in names:
        by_kind.setdefault(name.kind, set()).add(name.key)
    if not by_kind:
        return {}
    wanted = [
        sa.and_(t.bucket.c.kind == str(k), t.bucket.c.key.in_(keys)) for k, keys in by_kind.items()
    ]
    b = t.bucket.c
    rows = connection.execute(sa.select(b.id, b.kind, b.key, b.part).where(sa.or_(*wanted)))
    return {BucketName(KINDS[kind], key, part): number for number, kind, key, part in rows}


def touches_grants(schema: Schema, entity: str) -> bool:
    """Whether a change of this entity's rows may change anybody's grants."""
    return any(
        entity == term.entity or (isinstance(term, Audiences) and entity == term.members)
        for term in schema.grants
    )
