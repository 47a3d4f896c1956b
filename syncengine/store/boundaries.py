"""Boundaries in time: the instants at which grants change, or rows leave, by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

import sqlalchemy as sa

from syncengine.model.manifest import Schema
from syncengine.model.terms import AddressedTo, Audiences, Rules, Substitution, Subtree
from syncengine.store.grants import touches_grants
from syncengine.store.substitutions import begin_of, end_of
from syncengine.store.working import Key


def next_boundary(
    connection: sa.Connection, schema: Schema, tables: dict[str, sa.Table], after: int
) -> int | None:
    """The first instant beyond `after` at which time alone changes somebody's grants or ends the
    window of a row.
    """
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


def moves_boundaries(schema: Schema, changed: Iterable[Key]) -> bool:
    """Whether a change of these rows may move the next boundary."""
    entities = (schema.by_tag[tag] for tag in {tag for tag, _ in changed})
    return any(e.window is not None or touches_grants(schema, e.name) for e in entities)


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
            case Subtree() | Audiences() | AddressedTo():
                pass
            case _:
                assert_never(term)
    for entity in schema.by_tag.values():
        if entity.window is not None:  # beginning is the device's matter: it holds the row before
            yield tables[entity.name].c[entity.window.ends], sa.true()
