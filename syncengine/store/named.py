"""An operation by the names of its entity and fields."""

from __future__ import annotations

from collections.abc import Mapping

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema


def operation(
    schema: Schema, action: Action, entity: str, row_id: bytes, values: Mapping[str, Stored]
) -> Operation:
    """On a row of that entity; values in stored form. KeyError where there is no such name."""
    by_name = schema.entities[entity].by_name
    fields = {by_name[name].number: value for name, value in values.items()}
    return Operation(action, schema.tags[entity], row_id, fields)
