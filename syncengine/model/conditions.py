"""Conditions of visibility rules: trees over one row's fields, read from JSON and tested on a row.

Logic is two-valued: every comparison with an empty field is false, `is_empty` is true, and Not is
plain negation. Text compares by code points. syncengine.store.conditions gives the same in SQL.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never

from syncengine.model.entity import Entity
from syncengine.model.fields import (
    BlobReference,
    Date,
    Decimal,
    FieldType,
    Integer,
    Json,
    Reference,
    Stored,
    Text,
    Timestamp,
)


class Op(StrEnum):
    """How a field is compared; as it is written in data."""

    EQUAL = "equal"
    LESS = "less"
    LESS_OR_EQUAL = "less_or_equal"
    GREATER = "greater"
    GREATER_OR_EQUAL = "greater_or_equal"
    STARTS_WITH = "starts_with"
    ONE_OF = "one_of"
    IS_EMPTY = "is_empty"


# On stored values and, for the store, on columns.
ORDERINGS: dict[Op, Callable[[Any, Any], Any]] = {
    Op.LESS: operator.lt,
    Op.LESS_OR_EQUAL: operator.le,
    Op.GREATER: operator.gt,
    Op.GREATER_OR_EQUAL: operator.ge,
}


@dataclass(frozen=True)
class AllOf:
    """Every part holds; without parts it is true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one part holds; without parts it is false."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: Condition


@dataclass(frozen=True)
class Compare:
    """A field against a stored value; one_of has a tuple of them, is_empty None."""

    field: str
    op: Op
    value: Stored | tuple[Stored, ...] = None


@dataclass(frozen=True)
class InSubtree:
    """The row that `field` refers to is `node`, or walking up from it by `parent` meets `node`.

    `parent` is the field by which the referred entity refers to itself. Neither row needs to be
    there: a row that is not has nothing above it.
    """

    field: str
    node: bytes
    parent: str


Condition = AllOf | AnyOf | Not | Compare | InSubtree
Subtrees = Callable[[str, str, bytes, bytes], bool]  # entity, parent, node, row: is row in it?


def ops_of(kind: FieldType) -> frozenset[Op]:
    """The comparisons that a type of field knows."""
    match kind:
        case Json() | BlobReference():
            return frozenset({Op.IS_EMPTY})
        case Text():
            return frozenset(Op)
        case Integer() | Decimal() | Date() | Timestamp():
            return frozenset(Op) - {Op.STARTS_WITH}
        case _:
            return frozenset({Op.EQUAL, Op.ONE_OF, Op.IS_EMPTY})


def referred_entity(entity: Entity, field: str) -> str:
    """The entity that a reference field refers to."""
    kind = entity.by_name[field].type
    assert isinstance(kind, Reference)
    return kind.entity


def nodes_of(condition: Condition) -> Iterator[Condition]:
    """The condition and everything below it."""
    yield condition
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from nodes_of(part)
        case Not(part):
            yield from nodes_of(part)
        case Compare() | InSubtree():
            pass
        case _:
            assert_never(condition)


def fields_of(condition: Condition) -> frozenset[str]:
    """The fields that the condition reads: a change of others cannot change what it gives."""
    return frozenset(n.field for n in nodes_of(condition) if isinstance(n, Compare | InSubtree))


def subtrees_of(condition: Condition) -> frozenset[InSubtree]:
    """The (field, node, parent) of every hierarchy that the condition asks about."""
    return frozenset(n for n in nodes_of(condition) if isinstance(n, InSubtree))


def matches(
    condition: Condition, entity: Entity, values: tuple[Stored, ...], in_subtree: Subtrees
) -> bool:
    """Whether a row of `entity` with these stored values, by position, fulfils the condition."""
    match condition:
        case AllOf(parts):
            return all(matches(part, entity, values, in_subtree) for part in parts)
        case AnyOf(parts):
            return any(matches(part, entity, values, in_subtree) for part in parts)
        case Not(part):
            return not matches(part, entity, values, in_subtree)
        case Compare():
            return _holds(condition, values[entity.position(condition.field)])
        case InSubtree(field, node, parent):
            row = values[entity.position(field)]
            above = referred_entity(entity, field)
            return isinstance(row, bytes) and in_subtree(above, parent, node, row)
        case _:
            assert_never(condition)


def _holds(comparison: Compare, stored: Stored) -> bool:
    op, value = comparison.op, comparison.value
    if op is Op.IS_EMPTY:
        return stored is None
    if stored is None:
        return False
    if op is Op.EQUAL:
        return stored == value
    if op is Op.ONE_OF:
        assert isinstance(value, tuple)
        return stored in value
    if op is Op.STARTS_WITH:
        return str(stored).startswith(str(value))
    return bool(ORDERINGS[op](stored, value))
