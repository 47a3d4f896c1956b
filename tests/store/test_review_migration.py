"""Work quarantined before the upgrade waits in the queue after it."""

from __future__ import annotations

from pathlib import Path

import alembic.command
import msgpack
import sqlalchemy as sa

from syncengine.model.changeset import Base, Changeset, Operation
from syncengine.model.entity import Action
from syncengine.model.environment import Environment
from syncengine.model.fields import Stored
from syncengine.model.ids import ZERO_ID
from syncengine.protocol.changesets import encode_changeset
from syncengine.store.database import open_engine, writing
from syncengine.store.migration import configuration
from syncengine.store.review_queue import accept, entries, operations_of
from syncengine.store.reviews import Kind
from tests.support.world import SCHEMA, World


def test_quarantined_work_comes_into_the_queue(database_url: str, tmp_path: Path) -> None:
    engine, environment = open_engine(database_url), Environment()
    person, seat, incarnation, row, of = (environment.new_id() for _ in range(5))
    values: dict[int, Stored] = {1: "1", 2: "Shop", 19: True}
    made = Operation(Action.INSERT, SCHEMA.tags["customer"], row, values)
    body = encode_changeset(
        Changeset(of, incarnation, 1, person, {"masterdata": 1}, Base(ZERO_ID, 0), (), 5, (made,))
    )
    objection = [0, "late.quarantined", "Too late.", None]
    verdict = msgpack.packb([1, of, "quarantined", None, 7, [objection], []])
    config = configuration(SCHEMA)
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "core_0005")
        for statement in (
            "INSERT INTO seat VALUES (:seat, :person, 'tablet', :key, 'active', 0)",
            "INSERT INTO incarnation VALUES (:incarnation, :seat, 'active', 2, 0, 0, :none)",
            "INSERT INTO verdict VALUES (:incarnation, 1, :of, 'quarantined', 7, 9, :key, :verdict,"
            " :body)",
        ):
            given = {
                "seat": seat, "person": person, "key": bytes(32), "incarnation": incarnation,
                "none": msgpack.packb([]), "of": of, "verdict": verdict, "body": body,
            }  # fmt: skip
            text = sa.text(statement)
            connection.execute(text, {k: v for k, v in given.items() if f":{k}" in statement})
    world = World(database_url, tmp_path)
    (entry,), _ = entries(world.store, Kind.QUARANTINE, False, 10)
    assert entry.reasons == ["Too late. [late.quarantined]"]
    assert (entry.received, entry.state) == (9, "open")
    assert operations_of(world.store, Kind.QUARANTINE, entry.number) == (made,)
    accept(world.store, Kind.QUARANTINE, entry.number)
    table = world.store.tables["customer"]
    with world.store.engine.connect() as connection:
        assert connection.scalar(sa.select(table.c.name).where(table.c.id == row)) == "Shop"
    world.close()
    engine.dispose()
