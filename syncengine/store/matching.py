"""How many rows a condition selects, before any rule has it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from syncengine.model.conditions import Condition
from syncengine.model.entity import Entity
from syncengine.model.rights import Rights
from syncengine.store.accounts import shown_to
from syncengine.store.conditions import as_sql
from syncengine.store.database import reading
from syncengine.store.listing import titles
from syncengine.store.store import Store

EXAMPLES = 5


@dataclass(frozen=True)
class Matched:
    """rows: of those `total` that the user may view. examples: what a few of them are called."""

    rows: int
    total: int
    examples: tuple[str, ...]


def matched(store: Store, rights: Rights, entity: Entity, condition: Condition) -> Matched:
    """Costs a pass over the entity's rows."""
    table = store.tables[entity.name]
    allowed = shown_to(rights, store.schema, store.tables, entity.name)
    meets = as_sql(condition, store.tables, entity)
    both = sa.select(sa.func.count(), sa.func.count(sa.case((meets, 1))))
    some = sa.select(table.c.id).where(allowed, meets).order_by(table.c.id).limit(EXAMPLES)
    with reading(store.engine) as connection:
        total, rows = connection.execute(both.select_from(table).where(allowed)).one()
        ids = list(connection.scalars(some)) if rows else []
        called = titles(connection, store, rights, entity.name, ids)
    return Matched(rows, total, tuple(called[row_id] for row_id in ids))
