"""Several operations of the office in one changeset, for the server of an app's tests."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from device_sdk.draft import RowId, as_id, stored_fields
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.errors import SchemaUnknown
from syncengine.model.manifest import Schema


class Changes:
    """Operations of the office, in program values; they take effect together or not at all."""

    def __init__(self, schema: Schema, new_id: Callable[[], bytes]) -> None:
        self._schema = schema
        self._new_id = new_id
        self.operations: list[Operation] = []

    def insert(self, entity: str, /, **values: object) -> uuid.UUID:
        """A new row; returns its id."""
        row = self._new_id()
        self._add(Action.INSERT, entity, row, values)
        return uuid.UUID(bytes=row)

    def update(self, entity: str, row: RowId, /, **values: object) -> None:
        """Set fields of a row."""
        self._add(Action.UPDATE, entity, as_id(row), values)

    def delete(self, entity: str, row: RowId) -> None:
        """Delete a row."""
        self._add(Action.DELETE, entity, as_id(row), {})

    def _add(self, action: Action, name: str, row: bytes, values: dict[str, object]) -> None:
        entity = self._schema.entities.get(name)
        if entity is None:
            raise SchemaUnknown(f"There is no entity {name}.")
        fields = stored_fields(entity, values)
        self.operations.append(Operation(action, self._schema.tags[name], row, fields))
