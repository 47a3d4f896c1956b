"""What a rep's device should hold, read from the typed tables in plain Python."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from syncengine.store.database import reading
from tests.support.wire import NaiveDevice
from tests.support.world import SCHEMA, World

Rows = dict[tuple[int, bytes], list[Any]]


def due(world: World, person: str) -> Rows:
    """(tag, id) -> [version, id, values...] for somebody who leads and substitutes nobody."""
    me = world.people[person]
    held: Rows = {}
    mine: set[bytes] = set()
    with reading(world.store.engine) as connection:
        for name in ("employee", "customer", "contact", "note"):
            for row in connection.execute(sa.select(world.store.tables[name])).mappings():
                owner = {"customer": row.get("owner"), "note": row.get("author")}.get(name, me)
                if owner != me or (name == "contact" and row["customer"] not in mine):
                    continue
                if name == "customer":
                    mine.add(row["id"])
                values = [row[f.name] for f in SCHEMA.entities[name].fields]
                held[SCHEMA.tags[name], row["id"]] = [row["version"], row["id"], *values]
    return held


def assert_converged(world: World, device: NaiveDevice) -> None:
    """After a sync the device holds exactly what is due; its sync itself compares the sums."""
    device.sync()
    assert device.records == due(world, device.person)
