"""Conditions as JSON data, as a rule's row stores them: read, with every fault named; written."""

from __future__ import annotations

import datetime as dt
import decimal
import re
import uuid
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol, assert_never

from syncengine.model.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    InSubtree,
    Not,
    Op,
    ops_of,
)
from syncengine.model.entity import Entity, Field
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Date, Decimal, FieldType, Reference, Stored, Timestamp
from syncengine.model.ids import from_text, to_text

MAX_DEPTH = 8
MAX_NODES = 100
MAX_VALUES = 500  # of one list
MAX_VALUES_IN_ALL = 10_000  # each becomes a parameter, of which SQLite takes 32,766 a statement

# Each kind of node by the key that tells it, and the other keys that it needs.
KINDS = {
    "all": frozenset[str](),
    "any": frozenset[str](),
    "not": frozenset[str](),
    "op": frozenset({"field", "value"}),
    "in_subtree_of": frozenset({"field", "parent"}),
}
DECIMAL = re.compile(r"-?(?=[0-9.]{1,28}$)[0-9]+(\.[0-9]+)?")  # beyond 28 digits Python rounds
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Fault(StrEnum):
    """What is wrong with a condition's data: stable, in `data["fault"]` of the InvalidValue."""

    MALFORMED = "condition.malformed"
    KEY_UNKNOWN = "condition.key_unknown"
    FIELD_UNKNOWN = "condition.field_unknown"
    OP_UNKNOWN = "condition.op_unknown"
    OP_UNSUITABLE = "condition.op_unsuitable"
    VALUE_WRONG = "condition.value_wrong"
    NO_HIERARCHY = "condition.no_hierarchy"
    TOO_DEEP = "condition.too_deep"
    TOO_LARGE = "condition.too_large"


class Entities(Protocol):
    """What a reading asks of a schema."""

    @property
    def entities(self) -> Mapping[str, Entity]:
        """By name."""


def read_condition(entity: Entity, schema: Entities, data: object) -> Condition:
    """The condition on rows of `entity` that JSON data describe, for instance

    {"all": [{"field": "city", "op": "equal", "value": "Graz"},
             {"not": {"field": "market", "in_subtree_of": "<id>", "parent": "parent"}}]}

    Values are in their JSON form (`read_value`). InvalidValue when anything is wrong: a Fault in
    `data["fault"]`, its place in `data["at"]`.
    """
    return _Reader(entity.by_name, entity.name, schema.entities).node(data, "condition", 1)


def read_condition_on(fields: Mapping[str, Field], called: str, data: object, at: str) -> Condition:
    """Likewise, on what has these fields and no hierarchy; `called` names it in messages, and `at`
    is the place of the data.
    """
    return _Reader(fields, called, {}).node(data, at, 1)


def write_condition(entity: Entity, condition: Condition) -> dict[str, object]:
    """The JSON data of a condition, each value in its one canonical form."""
    match condition:
        case AllOf(parts):
            return {"all": [write_condition(entity, part) for part in parts]}
        case AnyOf(parts):
            return {"any": [write_condition(entity, part) for part in parts]}
        case Not(part):
            return {"not": write_condition(entity, part)}
        case Compare(field, op, value):
            kind = entity.by_name[field].type
            written: dict[str, object] = {"field": field, "op": str(op)}
            if isinstance(value, tuple):
                return {**written, "value": [write_value(kind, one) for one in value]}
            return written if value is None else {**written, "value": write_value(kind, value)}
        case InSubtree(field, node, parent):
            return {"field": field, "in_subtree_of": to_text(node), "parent": parent}
        case _:
            assert_never(condition)


def read_value(kind: FieldType, data: object) -> Stored:
    """The stored form of a value in its JSON form: text for decimal ("-12.50"), date
    ("YYYY-MM-DD"), timestamp (ISO 8601 with its zone) and reference (UUID), else as it is.
    """
    if not isinstance(kind, Decimal | Date | Timestamp | Reference):
        return kind.store(data)
    if not isinstance(data, str):
        raise InvalidValue("text expected")
    if isinstance(kind, Decimal | Date):
        pattern = DECIMAL if isinstance(kind, Decimal) else DAY
        if not pattern.fullmatch(data):
            raise InvalidValue("a plain decimal number or a day as YYYY-MM-DD expected")
        return kind.store(data)
    try:
        value = dt.datetime.fromisoformat(data) if isinstance(kind, Timestamp) else from_text(data)
    except ValueError:
        raise InvalidValue("an ISO 8601 time with its zone or a UUID expected") from None
    return kind.store(value)


def write_value(kind: FieldType, stored: Stored) -> object:
    """The canonical JSON form of a stored value; `read_value` gives it back."""
    value = kind.load(stored)
    match value:
        case decimal.Decimal():
            return format(value, "f")  # never with an exponent
        case dt.date():  # and datetime, in UTC
            return value.isoformat()
        case uuid.UUID():
            return str(value)
        case _:
            return value


def _fault(fault: Fault, at: str, detail: str) -> InvalidValue:
    return InvalidValue(f"{at}: {detail}", fault=str(fault), at=at)


def _quoted(word: object) -> str:
    """What somebody wrote, short enough for a message."""
    return f"{word!r:.60}"


class _Reader:
    """One reading: it counts nodes and values over the whole tree."""

    def __init__(
        self, fields: Mapping[str, Field], called: str, entities: Mapping[str, Entity]
    ) -> None:
        self._fields = fields
        self._called = called
        self._entities = entities
        self._nodes = 0
        self._values = 0

    def node(self, data: object, at: str, depth: int) -> Condition:
        """The condition at one place. Bounds are checked before anything below is looked at."""
        if depth > MAX_DEPTH:
            raise _fault(Fault.TOO_DEEP, at, f"at most {MAX_DEPTH} levels allowed")
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _fault(Fault.TOO_LARGE, at, f"at most {MAX_NODES} conditions allowed")
        if not isinstance(data, dict):
            raise _fault(Fault.MALFORMED, at, "an object expected")
        match _kind(data, at):
            case "all":
                return AllOf(self._parts(data["all"], f"{at}.all", depth))
            case "any":
                return AnyOf(self._parts(data["any"], f"{at}.any", depth))
            case "not":
                return Not(self.node(data["not"], f"{at}.not", depth + 1))
            case "op":
                return self._compare(data, at)
            case _:
                return self._in_subtree(data, at)

    def _parts(self, data: object, at: str, depth: int) -> tuple[Condition, ...]:
        if not isinstance(data, list):
            raise _fault(Fault.MALFORMED, at, "a list expected")
        return tuple(self.node(part, f"{at}.{n}", depth + 1) for n, part in enumerate(data))

    def _compare(self, data: dict[str, Any], at: str) -> Compare:
        field = _field(self._fields, self._called, data["field"], at)
        op = next((op for op in Op if op == data["op"]), None)
        if op is None:
            raise _fault(Fault.OP_UNKNOWN, at, f"{_quoted(data['op'])} is no comparison")
        if op not in ops_of(field.type):
            kind = type(field.type).__name__.lower()
            raise _fault(Fault.OP_UNSUITABLE, at, f"{field.name} is of type {kind}: no {op}")
        if op is Op.IS_EMPTY:
            return Compare(field.name, op)
        if op is Op.ONE_OF:
            return Compare(field.name, op, self._list(field.type, data["value"], at))
        return Compare(field.name, op, _value(field.type, data["value"], at))

    def _list(self, kind: FieldType, data: object, at: str) -> tuple[Stored, ...]:
        """Each value once and in order, so that equal sets are written alike."""
        if not isinstance(data, list):
            raise _fault(Fault.VALUE_WRONG, at, "a list expected")
        self._values += len(data)
        if len(data) > MAX_VALUES or self._values > MAX_VALUES_IN_ALL:
            limits = f"{MAX_VALUES} values in a list, {MAX_VALUES_IN_ALL} in all"
            raise _fault(Fault.TOO_LARGE, at, f"at most {limits} allowed")
        values: set[Any] = {_value(kind, one, at) for one in data}
        return tuple(sorted(values))

    def _in_subtree(self, data: dict[str, Any], at: str) -> InSubtree:
        field = _field(self._fields, self._called, data["field"], at)
        if not isinstance(field.type, Reference):
            raise _fault(Fault.NO_HIERARCHY, at, f"{field.name} is no reference")
        above = self._entities[field.type.entity]
        parent = _field(above.by_name, above.name, data["parent"], at)
        if not isinstance(parent.type, Reference) or parent.type.entity != above.name:
            raise _fault(Fault.NO_HIERARCHY, at, f"{parent.name} does not refer to {above.name}")
        node = _value(field.type, data["in_subtree_of"], at)
        assert isinstance(node, bytes)
        return InSubtree(field.name, node, parent.name)


def _kind(data: dict[str, Any], at: str) -> str:
    """The key that tells what the node is; every other key must belong to it."""
    known = KINDS.keys() | frozenset[str]().union(*KINDS.values())
    for key in data:
        if key not in known:
            raise _fault(Fault.KEY_UNKNOWN, at, f"{_quoted(key)} is not known")
    kinds = data.keys() & KINDS.keys()
    if len(kinds) != 1:
        raise _fault(Fault.MALFORMED, at, f"exactly one of {', '.join(KINDS)} expected")
    (kind,) = kinds
    needed = KINDS[kind] - {"value"} if data.get("op") == Op.IS_EMPTY else KINDS[kind]
    for key in sorted(data.keys() - needed - {kind}):
        raise _fault(Fault.KEY_UNKNOWN, at, f"{key!r} does not belong here")
    for key in sorted(needed - data.keys()):
        raise _fault(Fault.MALFORMED, at, f"{key!r} is missing")
    return kind


def _field(fields: Mapping[str, Field], called: str, name: object, at: str) -> Field:
    field = fields.get(name) if isinstance(name, str) else None
    if field is None:
        raise _fault(Fault.FIELD_UNKNOWN, at, f"{called} has no field {_quoted(name)}")
    return field


def _value(kind: FieldType, data: object, at: str) -> Stored:
    try:
        return read_value(kind, data)
    except InvalidValue as error:
        raise _fault(Fault.VALUE_WRONG, at, error.detail) from None
