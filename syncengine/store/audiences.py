"""Who is in which audience, in the caller's snapshot."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from syncengine.model.manifest import Schema
from syncengine.model.terms import Audiences, Subtree


def includes(
    schema: Schema, tables: dict[str, sa.Table], term: Audiences, person: bytes
) -> sa.ColumnElement[bool]:
    """Of the members' rows: those by which the person is in an audience."""
    c = tables[term.members].c
    below = [
        sa.and_(c[term.below].is_(True), c[term.person].in_(above))
        for above in _above(schema, tables, person)
    ]
    return sa.or_(c[term.person] == person, *below)


def audiences_of(
    connection: sa.Connection, schema: Schema, tables: dict[str, sa.Table], person: bytes
) -> set[str]:
    """The numbers of the audiences that the person is in."""
    term = schema.audiences
    if term is None:
        return set()
    audience, member = tables[term.entity], tables[term.members]
    wanted = (
        sa.select(audience.c[term.number])
        .join_from(audience, member, member.c[term.audience] == audience.c.id)
        .where(includes(schema, tables, term, person))
    )
    return {str(number) for number in connection.scalars(wanted)}


def _above(
    schema: Schema, tables: dict[str, sa.Table], person: bytes
) -> Iterator[sa.Select[tuple[bytes]]]:
    """Everybody who leads the person, at any height, by each hierarchy of people."""
    for term in schema.grants:
        if isinstance(term, Subtree) and term.entity == schema.people:
            c = tables[term.entity].c
            walk = sa.select(c[term.parent].label("id")).where(c.id == person).cte(recursive=True)
            walk = walk.union(sa.select(c[term.parent]).join(walk, c.id == walk.c.id))
            yield sa.select(walk.c.id).where(walk.c.id.is_not(None))
