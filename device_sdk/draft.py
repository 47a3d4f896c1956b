"""A changeset in the making: program values in, checked operations out."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from device_sdk.errors import Refused
from syncengine.model.access import Actor, RowFacts, Source, may
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action, Entity
from syncengine.model.errors import InvalidValue, SchemaUnknown
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema
from syncengine.protocol.changesets import check_values

RowId = uuid.UUID | bytes | str


def as_id(value: RowId) -> bytes:
    """16 bytes of an id in any form that programs use."""
    if isinstance(value, uuid.UUID):
        return value.bytes
    return uuid.UUID(value).bytes if isinstance(value, str) else value


class Draft:
    """What `device.changeset()` gives. Nothing is written before the block ends without an
    error.
    """

    def __init__(
        self,
        schema: Schema,
        person: bytes,
        new_row_id: Callable[[], bytes],
        is_visible: Callable[[int, bytes], bool],
    ) -> None:
        self._schema = schema
        self._actor = Actor(Source.DEVICE, person)
        self._new_row_id = new_row_id
        self._is_visible = is_visible
        self.operations: list[Operation] = []

    def insert(self, entity: str, **values: object) -> uuid.UUID:
        """A new row; returns its id."""
        row_id = self._new_row_id()
        self._add(Action.INSERT, entity, row_id, values)
        return uuid.UUID(bytes=row_id)

    def update(self, entity: str, row: RowId, **values: object) -> None:
        """Set fields of a row."""
        self._add(Action.UPDATE, entity, as_id(row), values)

    def delete(self, entity: str, row: RowId) -> None:
        """Delete a row."""
        self._add(Action.DELETE, entity, as_id(row), {})

    def _add(self, action: Action, name: str, row_id: bytes, values: dict[str, object]) -> None:
        entity = self._schema.entities.get(name)
        if entity is None:
            raise SchemaUnknown(f"There is no entity {name}.")
        tag = self._schema.tags[name]
        fields = self._stored(entity, values)
        check_values(entity, action, fields)
        new = any(o.row_id == row_id and o.tag == tag for o in self.operations)
        held = action is Action.INSERT or new or self._is_visible(tag, row_id)
        facts = RowFacts(entity, held)
        for field in [None, *(entity.fields[entity.by_number[n]] for n in fields)]:
            refusal = may(self._actor, action, facts, field)
            if refusal is not None:
                raise Refused(refusal.detail, reason=refusal.code, entity=name)
        self.operations.append(Operation(action, tag, row_id, fields))

    def _stored(self, entity: Entity, values: dict[str, object]) -> dict[int, Stored]:
        fields: dict[int, Stored] = {}
        for name, value in values.items():
            declared = entity.by_name.get(name)
            if declared is None:
                raise SchemaUnknown(f"{entity.name} has no field {name}.")
            try:
                fields[declared.number] = None if value is None else declared.type.store(value)
            except InvalidValue as error:
                raise InvalidValue(f"{name}: {error.detail}", field=name) from None
        return fields
