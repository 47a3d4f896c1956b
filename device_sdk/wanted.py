"""Which parts of the schema a device takes, and in which order they come; kept in the store.

What a device takes for the first time comes part by part, each published as soon as it is whole:
today's messages before the catalogue. All that it has then goes on together, a checkpoint for all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from device_sdk.database import Database
from syncengine.model.errors import SchemaUnknown
from syncengine.model.manifest import Schema
from syncengine.model.parts import Part

NOTHING = "[]"  # what a new store has taken


def want(database: Database, schema: Schema, names: Sequence[str]) -> None:
    """The next pulls bring these parts, by their names or those of entities; none: all.
    SchemaUnknown for a name that is neither.
    """
    known = {*schema.entities, *(part.name for part in schema.parts)}
    for name in names:
        if name not in known:
            raise SchemaUnknown(f"There is no part or entity {name}.", name=name)
    with database.transaction():
        database.set(wanted=json.dumps(list(names)))


def wanted_parts(database: Database, schema: Schema) -> list[str]:
    """By name, as the schema has them now; none: all, also when none of the names is left."""
    names = json.loads(database.get("wanted") or "[]")
    found = {part.name for part in schema.parts if part.name in names}
    found |= {e.part.name for name, e in schema.entities.items() if name in names}
    return sorted(found)


def next_parts(database: Database, schema: Schema) -> list[str]:
    """What the next request asks for, by name; none: all. Of the wanted parts those that were taken
    before, and one more.
    """
    wanted = wanted_parts(database, schema)
    coming = _coming(database, schema, wanted)
    if len(coming) < 2:
        return wanted
    later = {part.name for part in coming[1:]}
    return [part.name for part in schema.parts_named(wanted) if part.name not in later]


def coming_parts(database: Database, schema: Schema) -> tuple[str, ...]:
    """The names of the wanted parts that were never published here, or not since they were wanted
    anew, in the order in which they come.
    """
    wanted = wanted_parts(database, schema)
    return tuple(part.name for part in _coming(database, schema, wanted))


def taken(database: Database, schema: Schema, asked: Iterable[str]) -> None:
    """An answer to a request that asked for these parts is published; inside its transaction."""
    names = [part.name for part in schema.parts_named(asked)]
    database.set(taken=json.dumps(names))


def _coming(database: Database, schema: Schema, wanted: Iterable[str]) -> list[Part]:
    before = database.get("taken")
    if before is None:  # a store of before this was kept: it took all at once
        return []
    names = json.loads(before)
    return [part for part in schema.parts_named(wanted) if part.name not in names]
