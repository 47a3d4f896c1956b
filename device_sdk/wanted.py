"""Which parts of the schema a device takes; kept in the store."""

from __future__ import annotations

import json
from collections.abc import Sequence

from device_sdk.database import Database
from syncengine.model.errors import SchemaUnknown
from syncengine.model.manifest import Schema


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
