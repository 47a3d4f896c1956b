"""The types of fields as JSON Schema: of values that are read, written, and filtered by."""

from __future__ import annotations

from typing import Any

from server.api.values import DAY, HASH, ID, TIME, decimal_pattern
from syncengine.model.entity import Entity, Field
from syncengine.model.fields import (
    BlobReference,
    Bool,
    Date,
    Decimal,
    Enum,
    FieldType,
    Integer,
    Json,
    Reference,
    Text,
    Timestamp,
)
from syncengine.model.manifest import Schema
from syncengine.model.questionnaire_field import Questionnaire

Shape = dict[str, Any]

NO_NUL = "^[^\\u0000]*$"
SOME = r"\S"  # something that is no blank
EXAMPLE_ID = "01900000-0000-7000-8000-000000000000"


def value_shape(kind: FieldType) -> Shape:
    """Of a value that is not null."""
    match kind:
        case Text():
            return {"type": "string", "maxLength": kind.limit, "pattern": NO_NUL}
        case Integer():
            span = {"minimum": kind.low, "maximum": kind.high}
            return {"type": "integer", "format": "int64", **span}
        case Decimal():
            return {"type": "string", "format": "decimal", "pattern": decimal_pattern(kind)}
        case Bool():
            return {"type": "boolean"}
        case Date():
            return {"type": "string", "format": "date", "pattern": DAY}
        case Timestamp():
            return {"type": "string", "format": "date-time", "pattern": TIME}
        case Enum():
            return {"type": "string", "enum": list(kind.values)}
        case Reference():
            return {"type": "string", "format": "uuid", "pattern": ID,
                    "description": f"The id of a row of {kind.entity}."}  # fmt: skip
        case BlobReference():
            return {"type": "string", "pattern": HASH}
        case Questionnaire():
            return {"type": "object", "description": "A questionnaire, with its sections."}
    return {"description": "Any JSON."}


def _or_null(shape: Shape) -> Shape:
    if "type" not in shape:
        return shape if "anyOf" not in shape else {"anyOf": [*shape["anyOf"], {"type": "null"}]}
    found = {**shape, "type": [shape["type"], "null"]}
    return found | ({"enum": [*shape["enum"], None]} if "enum" in shape else {})


def values_read(entity: Entity) -> Shape:
    """Of a row's values as they are told; a field that a later release added may be null in rows of
    before.
    """
    fields = {f.name: _or_null(value_shape(f.type)) for f in entity.fields}
    return {
        "type": "object", "properties": fields, "required": list(fields),
        "additionalProperties": False,
    }  # fmt: skip


def values_written(schema: Schema, entity: Entity) -> Shape:
    """Of values that are to be set: those that are named, and no others."""
    fields = {f.name: _written(schema, f) for f in entity.fields}
    needed = ", ".join(f.name for f in entity.fields if f.required)
    return {
        "type": "object", "properties": fields, "additionalProperties": False,
        "description": f"The fields to be set. A new row needs: {needed}.",
        "example": {f.name: example(f) for f in entity.fields if f.required},
    }  # fmt: skip


def _written(schema: Schema, field: Field) -> Shape:
    shape = value_shape(field.type)
    if isinstance(field.type, Reference) and schema.entities[field.type.entity].key is not None:
        shape = {"anyOf": [shape, {"$ref": "#/components/schemas/ByKey"}]}
    return shape if field.required else _or_null(shape)


def filter_shape(field: Field) -> Shape | None:
    """Of the text by which rows are found; an empty one finds those where the field is empty.
    None: rows are not found by this field.
    """
    if isinstance(field.type, Json | BlobReference):
        return None
    shape = value_shape(field.type)
    if "enum" in shape:
        return {**shape, "enum": [*shape["enum"], ""]}
    if isinstance(field.type, Bool):
        return {"type": "string", "enum": ["true", "false", ""]}
    if isinstance(field.type, Text):
        return shape
    return {"anyOf": [shape, {"type": "string", "enum": [""]}]}


def key_shape(entity: Entity) -> Shape:
    """Of the key of an entity that has one."""
    assert entity.key is not None
    kind = entity.by_name[entity.key].type
    assert isinstance(kind, Text)
    return {"type": "string", "minLength": 1, "maxLength": kind.limit, "pattern": SOME}


def example(field: Field) -> object:
    """A value that fits."""
    match field.type:
        case Integer() as kind:
            return max(kind.low, min(kind.high, 12))
        case Decimal() as kind:
            return f"12.{'5'.ljust(kind.scale, '0')}" if kind.scale else "12"
        case Bool():
            return True
        case Date():
            return "2026-11-27"
        case Timestamp():
            return "2026-11-27T09:30:00Z"
        case Enum() as kind:
            return kind.values[0]
        case Reference():
            return EXAMPLE_ID
        case BlobReference():
            return "0" * 64
        case Questionnaire():
            return {"sections": []}
        case Json():
            return {}
        case Text() as kind:
            return ("AT" if kind.limit <= 2 else field.name.capitalize())[: kind.limit]
    raise AssertionError(field)


def described(field: Field, custom: bool) -> Shape:
    """A field, for who makes a mapping."""
    told: Shape = {
        "name": field.name,
        "type": type(field.type).__name__.lower(),
        "required": field.required,
        "custom": custom,
    }
    match field.type:
        case Text() as kind:
            told["max_length"] = kind.limit
        case Integer() as kind:
            told |= {"minimum": kind.low, "maximum": kind.high}
        case Decimal() as kind:
            told["scale"] = kind.scale
        case Enum() as kind:
            told["values"] = list(kind.values)
        case Reference() as kind:
            told["entity"] = kind.entity
    return told
