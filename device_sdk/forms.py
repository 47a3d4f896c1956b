"""What an app needs to make a form of an entity: its fields, the installation's own included."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from syncengine.model.custom import is_custom
from syncengine.model.entity import Action, DeviceRight, Entity, Field
from syncengine.model.errors import InvalidValue, SchemaUnknown
from syncengine.model.manifest import Schema

_EDITABLE = {
    DeviceRight.READ: "never",
    DeviceRight.CREATE: "new",
    DeviceRight.WRITE: "always",
}


@dataclass(frozen=True)
class FormField:
    """One field, in the order of the schema.

    kind: text, integer, decimal, bool, date, timestamp, enum, json, reference, blobreference or
        questionnaire.
    limits: the kind's arguments by name: `limit` of a text, json or questionnaire, `low` and
        `high`, `scale`, `values` of an enum, `entity` and `dangling` of a reference.
    required: a new row needs it.
    editable: never, in a new row only, or always; the server judges in any case.
    custom: the installation added it.
    """

    name: str
    kind: str
    limits: dict[str, object]
    required: bool
    editable: str
    custom: bool
    _store: Callable[[object], object] = dataclasses.field(repr=False)

    def fault(self, value: object) -> str | None:
        """What is wrong with a value, as a sentence to show beside the field; None when it may be
        entered.
        """
        if value is None:
            return "It is needed." if self.required else None
        try:
            self._store(value)
        except InvalidValue as error:
            return error.detail
        return None


@dataclass(frozen=True)
class Form:
    """An entity as a form. insert, update, delete: what a device may do to its rows at all."""

    entity: str
    fields: tuple[FormField, ...]
    insert: bool
    update: bool
    delete: bool


def form_of(schema: Schema, name: str) -> Form:
    """The form of an entity; SchemaUnknown when there is none of that name."""
    entity = schema.entities.get(name)
    if entity is None:
        raise SchemaUnknown(f"There is no entity {name}.")
    return Form(name, tuple(map(_field, entity.fields)), *_allowed(entity))


def _allowed(entity: Entity) -> tuple[bool, bool, bool]:
    actions = (Action.INSERT, Action.UPDATE, Action.DELETE)
    insert, update, delete = (action in entity.device for action in actions)
    return insert, update, delete


def _field(field: Field) -> FormField:
    return FormField(
        field.name,
        type(field.type).__name__.lower(),
        dataclasses.asdict(field.type),
        field.required,
        _EDITABLE[field.device],
        is_custom(field),
        field.type.store,
    )
