"""An import that a crash cut short before the upgrade is finished after it."""

from __future__ import annotations

from pathlib import Path

import alembic.command
import msgpack
import sqlalchemy as sa

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.protocol.changesets import ACTIONS
from syncengine.store.bulk_steps import resume
from syncengine.store.database import open_engine, reading, writing
from syncengine.store.migration import configuration
from tests.support.world import SCHEMA, World


def _chunk(operations: list[Operation]) -> bytes:
    kept = [
        [ACTIONS.index(o.action), o.tag, o.row_id, sorted(o.fields.items())] for o in operations
    ]
    packed: bytes = msgpack.packb(kept, use_bin_type=True)
    return packed


def test_an_import_under_way_becomes_a_bulk_change(database_url: str, tmp_path: Path) -> None:
    engine = open_engine(database_url)
    run, old, chunk_id = (bytes([n]) * 16 for n in (1, 2, 3))
    shop = bytes([4]) * 16
    made = Operation(
        Action.INSERT, SCHEMA.tags["customer"], shop, {1: "1", 2: "Shop", 19: True}
    )  # fmt: skip
    config = configuration(SCHEMA)
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "core_0002")
        runs = sa.text("INSERT INTO import_run VALUES (:id, :name, :state, :created, 1, 0, '{}')")
        for row, name, state in ((old, "old.csv", "done"), (run, "shops.csv", "applying")):
            connection.execute(runs, {"id": row, "name": name, "state": state, "created": 7})
        chunks = sa.text("INSERT INTO import_chunk VALUES (:run, :n, :id, :body, :version)")
        done = {"run": run, "n": 0, "id": old, "body": _chunk([made]), "version": 5}
        connection.execute(chunks, done)
        waits = {"run": run, "n": 1, "id": chunk_id, "body": _chunk([made]), "version": None}
        connection.execute(chunks, waits)
    world = World(database_url, tmp_path)
    (finished,) = resume(world.store)
    assert (finished.label, finished.operations, finished.refused) == ("import shops.csv", 2, ())
    assert finished.versions == (5, world.store.status().version)
    with reading(engine) as connection:
        c = world.store.tables["customer"].c
        assert connection.scalar(sa.select(c.name).where(c.id == shop)) == "Shop"
    world.close()
    engine.dispose()
