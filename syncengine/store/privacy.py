"""What is private: rows in a state that is, and what follows them; no user of the office has them.

The same twice: of a table in SQL, for lists, and of one row in Python, as a changeset makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import sqlalchemy as sa

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action, Entity
from syncengine.model.manifest import Schema
from syncengine.model.terms import FacetOf, Follows
from syncengine.store.working import Key, RowState, target_tag


def may_be_private(schema: Schema, name: str, path: frozenset[str] = frozenset()) -> bool:
    """Whether rows of an entity can be. path: the entities that follow it."""
    lifecycle = schema.lifecycles.get(name)
    if lifecycle is not None and lifecycle.private:
        return True
    onward = path | {name}
    return any(
        above not in onward and may_be_private(schema, above, onward)
        for _, above in _followed(schema, schema.entities[name])
    )


def public(schema: Schema, tables: dict[str, sa.Table], name: str) -> sa.ColumnElement[bool]:
    """The condition on `tables[name]` that leaves the rows that are not private."""
    return sa.and_(sa.true(), *_conditions(schema, tables, name, frozenset()))


def _conditions(
    schema: Schema, tables: dict[str, sa.Table], name: str, path: frozenset[str]
) -> Iterator[sa.ColumnElement[bool]]:
    c, onward = tables[name].c, path | {name}
    lifecycle = schema.lifecycles.get(name)
    if lifecycle is not None and lifecycle.private:
        yield c[lifecycle.field].not_in(sorted(lifecycle.private))
    for field, above in _followed(schema, schema.entities[name]):
        if above in onward or not may_be_private(schema, above, onward):
            continue
        rows = sa.select(tables[above].c.id).where(*_conditions(schema, tables, above, onward))
        yield sa.or_(c[field].is_(None), c[field].in_(rows))


def is_private(
    schema: Schema,
    key: Key,
    row: RowState,
    state: Callable[[Key], RowState],
    path: frozenset[str] = frozenset(),
) -> bool:
    """Whether a row, that is as `row` says, is. state: the rows around it."""
    entity = schema.by_tag[key[0]]
    if row.values is None:
        return False
    lifecycle = schema.lifecycles.get(entity.name)
    if lifecycle is not None and row.values[entity.position(lifecycle.field)] in lifecycle.private:
        return True
    onward = path | {entity.name}
    for field, above in _followed(schema, entity):
        row_id = row.values[entity.position(field)]
        if above in onward or not isinstance(row_id, bytes):
            continue
        other = (target_tag(schema, entity, field), row_id)
        if may_be_private(schema, above, onward) and is_private(
            schema, other, state(other), state, onward
        ):
            return True
    return False


def about_private(
    schema: Schema, operations: Iterable[Operation], state: Callable[[Key], RowState]
) -> bool:
    """Whether some of them are about what no user of the office has: rows that are private, or that
    are gone and could have been. state: the rows as the operations make them.
    """
    for operation in operations:
        entity, key = schema.by_tag[operation.tag], (operation.tag, operation.row_id)
        if not may_be_private(schema, entity.name):
            continue
        row = state(key)
        if row.values is None and operation.action is Action.INSERT:  # it is refused
            values = tuple(operation.fields.get(field.number) for field in entity.fields)
            row = replace(row, values=values)
        if row.values is None or is_private(schema, key, row, state):
            return True
        above = ((f, row.values[entity.position(f)]) for f, _ in _followed(schema, entity))
        if any(
            isinstance(row_id, bytes)
            and state((target_tag(schema, entity, field), row_id)).values is None
            for field, row_id in above
        ):
            return True
    return False


def _followed(schema: Schema, entity: Entity) -> Iterator[tuple[str, str]]:
    """(field, entity) of what its rows follow."""
    for term in entity.terms:
        if isinstance(term, Follows | FacetOf):
            yield term.field, schema.by_tag[target_tag(schema, entity, term.field)].name
