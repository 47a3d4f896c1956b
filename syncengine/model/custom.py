"""Custom fields: what an installation adds to the modules' entities by configuration.

A custom field is an ordinary field with a number of the installation's own range, so that neither
side ever takes a number that the other one wants.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from syncengine.model.entity import NAME, RESERVED_NAMES, Entity, Field
from syncengine.model.errors import InvalidSchema
from syncengine.model.fields import (
    INT64_MAX,
    MAX_TEXT,
    Decimal,
    Enum,
    FieldType,
    Integer,
    Json,
    Reference,
    Text,
)
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.questionnaire_field import Questionnaire

FIRST_CUSTOM = 151  # modules have the numbers below
LAST_CUSTOM = 250
MAX_SCALE = 18  # digits of a 64-bit integer


class InvalidField(InvalidSchema):
    """A field cannot be declared like this; `data` names entity and field."""

    code = "field.invalid"


@dataclass(frozen=True)
class CustomField:
    """A field that the installation adds to `entity`, or (removed) has added once.

    A removed one is neither shown nor imported nor edited; its number, name and column stay taken.
    """

    entity: str
    field: Field
    removed: bool = False


def is_custom(field: Field) -> bool:
    """Whether the field belongs to the installation and not to a module."""
    return field.number >= FIRST_CUSTOM


def extended(modules: Iterable[Module], custom: Iterable[CustomField]) -> Schema:
    """The schema of an installation: its modules with its own fields in their entities.

    InvalidField names entity and field; InvalidSchema when the modules do not fit by themselves.
    """
    plain = Schema(tuple(modules))
    for entity in plain.entities.values():
        _check_module_fields(entity)
    added: dict[str, list[CustomField]] = {}
    for one in custom:
        _check(one, plain)
        added.setdefault(one.entity, []).append(one)
    return Schema(
        tuple(
            replace(m, entities=tuple(_grown(e, added.get(e.name, [])) for e in m.entities))
            for m in plain.modules
        )
    )


def widens(old: FieldType, new: FieldType) -> bool:
    """Whether every value of `old` is one of `new`, in the same stored form."""
    if type(old) is not type(new):
        return False
    match old, new:
        case (Text(before), Text(after)) | (Json(before), Json(after)):
            return before <= after
        case (Integer(), Integer()):
            return new.low <= old.low and old.high <= new.high
        case (Enum(), Enum()):
            return set(old.values) <= set(new.values)
    return old == new


def invalid(entity: str, field: Field, reason: str) -> InvalidField:
    """The refusal of a field, which names it."""
    named = f"{entity}.{field.name} ({field.number})"
    return InvalidField(f"{named}: {reason}.", entity=entity, field=field.name)


def _check_module_fields(entity: Entity) -> None:
    for field in (*entity.fields, *entity.removed):
        if is_custom(field):
            raise invalid(
                entity.name, field, f"numbers from {FIRST_CUSTOM} on belong to the installation"
            )


def _check(custom: CustomField, schema: Schema) -> None:
    """What can be told of one field without the others."""
    entity, field = custom.entity, custom.field
    if entity not in schema.entities:
        raise invalid(entity, field, f"there is no entity {entity}")
    if not FIRST_CUSTOM <= field.number <= LAST_CUSTOM:
        raise invalid(
            entity, field, f"numbers of custom fields lie from {FIRST_CUSTOM} to {LAST_CUSTOM}"
        )
    if not NAME.fullmatch(field.name) or field.name in RESERVED_NAMES:
        reserved = " and ".join(sorted(RESERVED_NAMES))
        raise invalid(
            entity, field, f"names are lower case letters, digits and _; {reserved} are reserved"
        )
    if field.required:
        raise invalid(entity, field, "a custom field cannot be required")
    fault = _fault(field.type)
    if isinstance(field.type, Reference) and field.type.entity not in schema.entities:
        fault = f"it refers to the unknown entity {field.type.entity!r}"
    if not field.rule_fits:
        fault = f"its type cannot have the conflict rule {field.conflict}"
    if fault:
        raise invalid(entity, field, fault)


def _fault(kind: FieldType) -> str | None:
    """What is wrong with a type's arguments."""
    match kind:
        case Questionnaire():
            return "a questionnaire needs a module that asks it"
        case Text(limit) | Json(limit) if not 1 <= limit <= MAX_TEXT:
            return f"limit must lie between 1 and {MAX_TEXT}"
        case Integer(low, high) if not -INT64_MAX <= low <= high <= INT64_MAX:
            return "low must not be above high, and both have 64 bits"
        case Decimal(scale) if not 0 <= scale <= MAX_SCALE:
            return f"scale must lie between 0 and {MAX_SCALE}"
        case Enum(values) if not values or len(set(values)) != len(values):
            return "an enum needs values, each once"
        case Enum(values) if not all(0 < len(v) <= 200 and "\x00" not in v for v in values):
            return "an enum's values have 1 to 200 characters"
    return None


def _grown(entity: Entity, custom: list[CustomField]) -> Entity:
    """The entity with its custom fields behind those of the module."""
    names = {f.name: f.number for f in (*entity.fields, *entity.removed)}
    numbers: dict[int, str] = {}
    for one in custom:
        field = one.field
        if field.name in names:
            raise invalid(entity.name, field, f"field {names[field.name]} has this name already")
        if field.number in numbers:
            raise invalid(entity.name, field, f"{numbers[field.number]} has this number already")
        names[field.name] = field.number
        numbers[field.number] = field.name
    custom = sorted(custom, key=lambda one: one.field.number)
    return replace(
        entity,
        fields=(*entity.fields, *(one.field for one in custom if not one.removed)),
        removed=(*entity.removed, *(one.field for one in custom if one.removed)),
    )
