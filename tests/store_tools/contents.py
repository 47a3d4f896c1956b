"""Looking at a whole database, and putting another server in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from syncengine.store import tables as t
from syncengine.store.backup import all_tables, restore
from syncengine.store.database import reading
from syncengine.store.store import Store
from tests.support.world import SCHEMA, World


def contents(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every record of every table but the clock and the epochs."""
    with reading(store.engine) as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in connection.execute(sa.select(table))), key=repr
            )
            for table in all_tables(store.schema)
            if table is not t.clock and table is not t.epoch
        }


def put_back(world: World, path: Path, engine: sa.Engine) -> None:
    """The server goes on from its backup, in a database of the other kind."""
    restore(path, engine, SCHEMA, world.environment)
    world.store = Store(engine, SCHEMA, world.environment)
