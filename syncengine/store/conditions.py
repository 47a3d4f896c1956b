"""Conditions in SQL, for sets of rows: the same answer as `syncengine.model.conditions.matches`."""

from __future__ import annotations

from typing import assert_never

import sqlalchemy as sa

from syncengine.model.conditions import (
    ORDERINGS,
    AllOf,
    AnyOf,
    Compare,
    Condition,
    InSubtree,
    Not,
    Op,
    referred_entity,
)
from syncengine.model.entity import Entity
from syncengine.store.tables import ID

# SQLite compares text by its UTF-8 bytes, which is by code points; PostgreSQL by the database's
# language, where "B" follows "a". Rendered as CAST(... AS TEXT) COLLATE "C".
BY_CODE_POINT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def as_sql(
    condition: Condition, tables: dict[str, sa.Table], entity: Entity
) -> sa.ColumnElement[bool]:
    """The condition over the rows of the entity's table; true or false for each, never NULL."""
    match condition:
        case AllOf(parts):
            return sa.and_(sa.true(), *(as_sql(part, tables, entity) for part in parts))
        case AnyOf(parts):
            return sa.or_(sa.false(), *(as_sql(part, tables, entity) for part in parts))
        case Not(part):
            return sa.not_(as_sql(part, tables, entity))
        case Compare(field):
            column = tables[entity.name].c[field]
            if condition.op is Op.IS_EMPTY:
                return column.is_(None)
            return _unless_null(column, _compared(condition, column))
        case InSubtree(field, node, parent):
            column = tables[entity.name].c[field]
            below = _subtree(tables[referred_entity(entity, field)], node, parent)
            return _unless_null(column, column.in_(below))
        case _:
            assert_never(condition)


def _unless_null(
    column: sa.ColumnElement[object], test: sa.ColumnElement[bool]
) -> sa.ColumnElement[bool]:
    """False where the column is NULL, so that NOT is plain; an index stays of use to `test`."""
    return sa.and_(column.is_not(None), test)


def _compared(comparison: Compare, column: sa.ColumnElement[object]) -> sa.ColumnElement[bool]:
    op, value = comparison.op, comparison.value
    if op is Op.EQUAL:  # of text, too: a database's own collation tells different bytes apart
        return column == value
    if op is Op.ONE_OF:
        assert isinstance(value, tuple)
        return column.in_(value)
    if op is Op.STARTS_WITH:  # not LIKE: it has wildcards, and on SQLite folds ASCII's case
        assert isinstance(value, str)
        return sa.func.substr(column, 1, len(value)) == value
    if isinstance(value, str):
        column = sa.cast(column, BY_CODE_POINT)
    ordered: sa.ColumnElement[bool] = ORDERINGS[op](column, value)
    return ordered


def _subtree(table: sa.Table, node: bytes, parent: str) -> sa.Select[tuple[bytes]]:
    """The ids of `node` and of what is below it. UNION: a cycle in the data ends the walk."""
    walk = sa.select(sa.literal(node, ID).label("id")).cte(recursive=True)
    walk = walk.union(sa.select(table.c.id).join(walk, table.c[parent] == walk.c.id))
    return sa.select(walk.c.id)
