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
from syncengine.model.sentences import Named, Part, Sentence, What, both, named_field, say

MAX_SHOWN = 60  # characters of one value


@dataclass(frozen=True)
class Row:
    """A row that a condition was tested on, and the hierarchies that it was tested with."""

    entity: Entity
    values: tuple[Stored, ...]
    in_subtree: Subtrees

    def meets(self, condition: Condition) -> bool:
        """As `matches` says."""
        return matches(condition, self.entity, self.values, self.in_subtree)

    def shown(self, field: str, value: Stored | tuple[Stored, ...]) -> Part:
        """A value of a field, or a list of them, as a sentence has it."""
        if isinstance(value, tuple):
            return tuple(self._named(field, one) for one in value) or say("nothing")
        return say("empty") if value is None else self._named(field, value)

    def has(self, field: str) -> dict[str, Part]:
        """The parts of a sentence about what it has in a field."""
        value = self.values[self.entity.position(field)]
        return {"field": named_field(self.entity.name, field), "value": self.shown(field, value)}

    def _named(self, field: str, value: Stored) -> Named:
        loaded = self.entity.by_name[field].type.load(value)
        text = loaded.hex() if isinstance(loaded, bytes) else str(loaded)
        short = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
        return Named(What.VALUE, value, short, self.entity.name, field)


def unmet(condition: Condition, row: Row) -> Sentence:
    """What keeps a row from meeting a condition: of parts that must all hold, the first that does
    not; of parts of which one would do, every one. Only for a row that does not meet it.
    """
    match condition:
        case AllOf(parts):
            return unmet(next(part for part in parts if not row.meets(part)), row)
        case AnyOf(parts):
            return both([unmet(part, row) for part in parts]) if parts else say("no_row_does")
        case Not(Not(part)):
            return unmet(part, row)
        case Not(part):
            return say("excluded", met=_met(part, row))
        case Compare(field) | InSubtree(field):
            return say("is_not", **row.has(field), wanted=_wanted(condition, row))
        case _:
            assert_never(condition)


def _met(condition: Condition, row: Row) -> Sentence:
    """What makes a row meet a condition; only for a row that does."""
    match condition:
        case AllOf(parts):
            return both([_met(part, row) for part in parts]) if parts else say("every_row_does")
        case AnyOf(parts):
            return _met(next(part for part in parts if row.meets(part)), row)
        case Not(part):
            return unmet(part, row)
        case Compare(field, Op.EQUAL | Op.IS_EMPTY):
            return say("is", **row.has(field))
        case Compare(field) | InSubtree(field):
            return say("is_wanted", **row.has(field), wanted=_wanted(condition, row))
        case _:
            assert_never(condition)


def _wanted(condition: Compare | InSubtree, row: Row) -> Sentence:
    if isinstance(condition, InSubtree):
        return say("below", value=row.shown(condition.field, condition.node))
    if condition.op is Op.IS_EMPTY:
        return say("empty")
    return say(str(condition.op), value=row.shown(condition.field, condition.value))
