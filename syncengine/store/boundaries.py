"""Boundaries in time: the instants at which grants change by themselves."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from syncengine.model.manifest import Schema
from syncengine.model.terms import Rules, Substitution
from syncengine.store.substitutions import begin_of, end_of


def next_boundary(
    connection: sa.Connection, schema: Schema, tables: dict[str, sa.Table], after: int
) -> int | None:
    """The first instant beyond `after` at which somebody's grants change by time alone."""
    soonest = [
        found
        for instant, active in _instants(schema, tables)
        if (
            found := connection.scalar(
                sa.select(sa.func.min(instant)).where(instant > after, active)
            )
        )
        is not None
    ]
    return min(soonest, default=None)


def _instants(
    schema: Schema, tables: dict[str, sa.Table]
) -> Iterator[tuple[sa.ColumnElement[int], sa.ColumnElement[bool]]]:
    """(an instant of each row, which rows count)."""
    for term in schema.grants:
        table = tables[term.entity]
        match term:
            case Substitution():
                yield begin_of(table, term), table.c[term.active].is_(True)
                yield end_of(table, term), table.c[term.active].is_(True)
            case Rules():
                yield table.c[term.starts], table.c[term.active].is_(True)
                yield table.c[term.ends], table.c[term.active].is_(True)
            case _:
                pass
