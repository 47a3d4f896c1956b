"""Schemas as data, their hash, and the tables that follow: columns with those of facets, in order,
and field numbers with the names of removed fields.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from syncengine.model.manifest import Schema
from syncengine.model.schema_data import type_data
from tests.protocol.vectors.sample import (
    ASKING,
    LIVING,
    PLAIN,
    RETURNING,
    SCHEMA,
    WINDOWED,
    Case,
    bad,
    good,
    pack,
)


def tables(schema: Schema) -> list[dict[str, Any]]:
    """What a client makes of a schema."""
    found = []
    for tag, entity in schema.by_tag.items():
        columns = [f.name for f in entity.fields]
        for facet, refers in schema.facets(entity.name):
            columns += [f.name for f in facet.fields if f.name not in {refers, *columns}]
        found.append(
            {
                "tag": tag,
                "name": entity.name,
                "columns": columns,
                "fields": [
                    [f.number, f.name, *type_data(f.type), f.required] for f in entity.fields
                ],
                "removed": [[f.number, f.name] for f in entity.removed],
                "window": [entity.window.starts, entity.window.ends] if entity.window else None,
            }
        )
    return found


def make() -> Iterator[Case]:
    """The cases."""
    known = (
        ("modules alone", PLAIN),
        ("installed", SCHEMA),
        ("with a window", WINDOWED),
        ("with rules for whole rows", RETURNING),
        ("with a lifecycle", LIVING),
        ("with a questionnaire", ASKING),
    )
    for name, schema in known:
        modules = {m.name: m.version for m in schema.modules}
        digest = hashlib.sha256(schema.data).digest()
        yield good(name, schema.data, hash=digest, modules=modules, tables=tables(schema))
    for name, data in (
        ("no MessagePack", b"\xc1"),
        ("one byte more", SCHEMA.data + b"\0"),
        ("no array", pack("shop")),
        ("a module with one element less", pack([[1, "shop", 4, [], []]])),
        ("an entity with too few elements", pack([[1, "shop", 4, [[1, "person", []]], [], None]])),
    ):
        yield bad(name, data, "schema.invalid")
