"""Work that any server's schema allows: an insert made from the schema alone."""

from __future__ import annotations

from server.conformance.contents import Contents
from server.conformance.wire import Seat
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action, DeviceRight, Entity, Field
from syncengine.model.fields import (
    Bool,
    Date,
    Decimal,
    Enum,
    Integer,
    Json,
    Reference,
    Stored,
    Text,
    Timestamp,
)
from syncengine.model.questionnaire_field import Questionnaire
from syncengine.model.terms import OwnedBy, PersonalTo

NOON = 1_700_000_000_000_000  # an instant, in microseconds


def sample_insert(seat: Seat, contents: Contents, row: bytes) -> Operation | None:
    """An insert of `row` that the schema lets a device make, of the first entity that can be filled
    from the slice; None where there is none.
    """
    for tag, entity in seat.schema.by_tag.items():
        if Action.INSERT not in entity.device:
            continue
        fields = _fields(entity, seat, contents)
        if fields is not None:
            return Operation(Action.INSERT, tag, row, fields)
    return None


def _fields(entity: Entity, seat: Seat, contents: Contents) -> dict[int, Stored] | None:
    """The required fields; None when one cannot be filled."""
    found: dict[int, Stored] = {}
    own = {t.field for t in entity.terms if isinstance(t, OwnedBy | PersonalTo)}
    for field in entity.fields:
        if not (field.required or field.name in own):
            continue
        value = seat.person if field.name in own else _value(field, seat, contents)
        if value is None or field.device is DeviceRight.READ:
            return None
        found[field.number] = value
    return found


def _value(field: Field, seat: Seat, contents: Contents) -> Stored:
    """A valid value; None for a kind that needs more than the schema."""
    match field.type:
        case Text(limit):
            return "conformance"[:limit]
        case Integer(low, high):
            return max(low, min(high, 1))
        case Decimal() | Timestamp():
            return NOON
        case Bool():
            return True
        case Date():
            return "2026-01-01"
        case Enum(words):
            return words[0]
        case Questionnaire():
            return '{"sections":[]}'
        case Json():
            return "[]"
        case Reference(entity):
            tag = seat.schema.tags[entity]
            return next((row for of, row in sorted(contents.rows) if of == tag), None)
    return None
