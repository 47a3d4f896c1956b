"""Why a row does not meet a condition: the first part that fails, in words, for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from syncengine.model.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    InSubtree,
    Not,
    Op,
    Subtrees,
    matches,
)
from syncengine.model.entity import Entity
from syncengine.model.fields import Stored

MAX_SHOWN = 60  # characters of one value

_WORDS = {
    Op.EQUAL: "equal",
    Op.LESS: "less than",
    Op.LESS_OR_EQUAL: "at most",
    Op.GREATER: "greater than",
    Op.GREATER_OR_EQUAL: "at least",
    Op.STARTS_WITH: "starting with",
    Op.ONE_OF: "one of",
}


@dataclass(frozen=True)
class Row:
    """A row that a condition was tested on, and the hierarchies that it was tested with."""

    entity: Entity
    values: tuple[Stored, ...]
    in_subtree: Subtrees

    def meets(self, condition: Condition) -> bool:
        """As `matches` says."""
        return matches(condition, self.entity, self.values, self.in_subtree)

    def shown(self, field: str, value: Stored | tuple[Stored, ...]) -> str:
        """A value of a field, as people write it."""
        if isinstance(value, tuple):
            return ", ".join(self.shown(field, one) for one in value) or "nothing"
        if value is None:
            return "empty"
        loaded = self.entity.by_name[field].type.load(value)
        text = loaded.hex() if isinstance(loaded, bytes) else str(loaded)
        return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"

    def said(self, field: str) -> str:
        """What it has in a field."""
        return f"{field} is {self.shown(field, self.values[self.entity.position(field)])}"


def unmet(condition: Condition, row: Row) -> str:
    """What keeps a row from meeting a condition: of parts that must all hold, the first that does
    not; of parts of which one would do, every one. Only for a row that does not meet it.
    """
    match condition:
        case AllOf(parts):
            return unmet(next(part for part in parts if not row.meets(part)), row)
        case AnyOf(parts):
            return " and ".join(unmet(part, row) for part in parts) or "no row does"
        case Not(Not(part)):
            return unmet(part, row)
        case Not(part):
            return f"{_met(part, row)}, which is excluded"
        case Compare(field) | InSubtree(field):
            return f"{row.said(field)}, not {_wanted(condition, row)}"
        case _:
            assert_never(condition)


def _met(condition: Condition, row: Row) -> str:
    """What makes a row meet a condition; only for a row that does."""
    match condition:
        case AllOf(parts):
            return " and ".join(_met(part, row) for part in parts) or "every row does"
        case AnyOf(parts):
            return _met(next(part for part in parts if row.meets(part)), row)
        case Not(part):
            return unmet(part, row)
        case Compare(field, Op.EQUAL | Op.IS_EMPTY):
            return row.said(field)
        case Compare(field) | InSubtree(field):
            return f"{row.said(field)}, {_wanted(condition, row)}"
        case _:
            assert_never(condition)


def _wanted(condition: Compare | InSubtree, row: Row) -> str:
    if isinstance(condition, InSubtree):
        return f"{row.shown(condition.field, condition.node)} or below"
    if condition.op is Op.IS_EMPTY:
        return "empty"
    return f"{_WORDS[condition.op]} {row.shown(condition.field, condition.value)}"
