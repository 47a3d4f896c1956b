"""Records of rows, for the schema "installed" of schemas.json, with their values by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.protocol.vectors.sample import ME, NOW, SCHEMA, TAG, Case, an_id, good, pack


def _case(name: str, entity: str, values: list[Any]) -> Case:
    fields = [f.name for f in SCHEMA.entities[entity].fields]
    padded = [*values, *[None] * len(fields)]
    named = dict(zip(fields, padded, strict=False))
    more = {"tag": TAG[entity], "version": 41, "id": an_id(40), "values": named}
    return good(name, pack([41, an_id(40), *values]), **more)


def make() -> Iterator[Case]:
    """The cases."""
    yield _case("whole", "customer", ["Shop", ME, 123_456, None, 7])
    yield _case("of before the last field", "customer", ["Shop", ME, 123_456, "555"])
    yield _case("without a value", "customer", [])
    yield _case("of a newer server", "customer", ["Shop", None, 0, None, 7, "more", 5])
    visit = [an_id(41), True, "2026-01-01", NOW, "shop", 3, '{"a":1}', bytes(range(32))]
    yield _case("every type", "visit", visit)
