"""A changeset in the making: program values in, checked operations out."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Protocol

from device_sdk.errors import Refused
from device_sdk.lifecycle import Around, Steps
from syncengine.model.access import Actor, RowFacts, Source, Work, may
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action, Entity
from syncengine.model.errors import InvalidValue, SchemaUnknown
from syncengine.model.fields import Reference, Stored
from syncengine.model.manifest import Schema
from syncengine.model.terms import (
    Addressed,
    BucketKind,
    Carried,
    Everyone,
    FacetOf,
    Follows,
    Lent,
    OwnedBy,
    Reaches,
    RowTerm,
    Ruled,
)
from syncengine.protocol.changesets import check_values

RowId = uuid.UUID | bytes | str


def as_id(value: RowId) -> bytes:
    """16 bytes of an id in any form that programs use."""
    if isinstance(value, uuid.UUID):
        return value.bytes
    return uuid.UUID(value).bytes if isinstance(value, str) else value


class Ground(Around, Protocol):
    """What a draft is made on."""

    def new_row_id(self) -> bytes:
        """The id of a row that is made here."""

    def shows(self, tag: int, row_id: bytes) -> bool:
        """Whether the row is visible."""

    def work(self, tag: int, row_id: bytes) -> Work:
        """Whether a visible row may be worked on now."""

    def holds(self, kind: str, key: bytes) -> bool:
        """Whether the seat holds that bucket."""


class Draft:
    """What `device.changeset()` gives. Nothing is written before the block ends without an error.

    Each method raises at once: SchemaUnknown for an entity or a field that there is not,
    InvalidValue, Refused for what the person may not do.
    """

    def __init__(self, schema: Schema, person: bytes, ground: Ground) -> None:
        self._schema = schema
        self._actor = Actor(Source.DEVICE, person)
        self._ground = ground
        self.operations: list[Operation] = []
        self._steps = Steps(schema, person, ground, self.operations)

    def insert(self, entity: str, /, **values: object) -> uuid.UUID:
        """A new row; returns its id. `values` by field, in program values; those left out are
        empty.
        """
        row_id = self._ground.new_row_id()
        self._add(Action.INSERT, entity, row_id, values)
        return uuid.UUID(bytes=row_id)

    def update(self, entity: str, row: RowId, /, **values: object) -> None:
        """Set these fields of a row that shows; None makes one empty."""
        self._add(Action.UPDATE, entity, as_id(row), values)

    def delete(self, entity: str, row: RowId) -> None:
        """Delete a row that shows."""
        self._add(Action.DELETE, entity, as_id(row), {})

    def _add(self, action: Action, name: str, row_id: bytes, values: dict[str, object]) -> None:
        entity = self._schema.entities.get(name)
        if entity is None:
            raise SchemaUnknown(f"There is no entity {name}.")
        tag = self._schema.tags[name]
        fields = stored_fields(entity, values)
        check_values(entity, action, fields)
        if action is Action.INSERT:
            facts = self._facts_of_new(entity, fields)
        else:
            held = self._is_there(tag, row_id)
            facts = RowFacts(entity, held, self._ground.work(tag, row_id) if held else Work.NOW)
        check_rights(self._actor, action, facts, fields)
        operation = Operation(action, tag, row_id, fields)
        self._steps.check(operation)
        self.operations.append(operation)

    def _facts_of_new(self, entity: Entity, fields: dict[int, Stored]) -> RowFacts:
        """A new row is held by any of its terms; a followed row's windows are its own, too."""
        held = [term for term in entity.terms if self._would_hold(entity, term, fields)]
        works = [
            self._ground.work(*self._followed(entity, term, fields))
            for term in held
            if isinstance(term, Follows)
        ]
        others = len(works) < len(held)
        work = Work.NOW if others or Work.NOW in works else next(iter(works), Work.NOW)
        return RowFacts(entity, bool(held), work)

    def _followed(
        self, entity: Entity, term: Follows, fields: dict[int, Stored]
    ) -> tuple[int, bytes]:
        declared = entity.by_name[term.field]
        target = fields[declared.number]
        assert isinstance(declared.type, Reference)
        assert isinstance(target, bytes)
        return self._schema.tags[declared.type.entity], target

    def _is_there(self, tag: int, row_id: bytes) -> bool:
        """Whether the row is visible, or made in this draft, and not deleted in it."""
        for operation in reversed(self.operations):
            if (operation.tag, operation.row_id) == (tag, row_id):
                return operation.action is not Action.DELETE
        return self._ground.shows(tag, row_id)

    def _would_hold(self, entity: Entity, term: RowTerm, fields: dict[int, Stored]) -> bool:
        """Whether a new row would be in a bucket of this seat, by one of its terms."""
        if isinstance(term, Everyone):
            return True
        if isinstance(term, Ruled | FacetOf | Addressed | Reaches | Lent | Carried):
            return False  # whom these reach is the office's matter: a device cannot judge it
        declared = entity.by_name[term.field]
        target = fields.get(declared.number)
        if not isinstance(target, bytes):
            return False
        if isinstance(term, Follows):
            return self._is_there(*self._followed(entity, term, fields))
        kind = BucketKind.BUSINESS if isinstance(term, OwnedBy) else BucketKind.PERSONAL
        return self._ground.holds(str(kind), target)


def stored_fields(entity: Entity, values: Mapping[str, object]) -> dict[int, Stored]:
    """Program values by name -> stored values by number; InvalidValue names the field."""
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


def check_rights(actor: Actor, action: Action, facts: RowFacts, fields: Iterable[int]) -> None:
    """Refused unless the actor may do this to the row and set each of these fields."""
    for field in [None, *(facts.entity.known(n) for n in fields)]:
        refusal = may(actor, action, facts, field)
        if refusal is not None:
            raise Refused(refusal.detail, reason=refusal.code, entity=facts.entity.name)
