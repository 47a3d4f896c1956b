"""Lifecycles on the device: a draft's steps judged at once and offline, as the server will.

What the device lacks is the reasons beyond the first by which it holds a bucket, and what the
server has learned since; so it refuses what cannot be, and the server decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from device_sdk.errors import Refused
from syncengine.model.access import Refusal
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action, Entity
from syncengine.model.fields import Reference, Stored
from syncengine.model.lifecycle import CAPACITIES, Capacity
from syncengine.model.manifest import Schema
from syncengine.model.terms import BucketKind, Everyone, Follows, OwnedBy, PersonalTo, Reason
from syncengine.model.transitions import Case, beginning, protected, row_of, step
from syncengine.model.unmet import Row

Key = tuple[int, bytes]
Values = tuple[Stored, ...]


class Around(Protocol):
    """What is on the device of the rows that steps are about; bound to no view, so that a window
    hides nothing of it.
    """

    def now(self) -> int:
        """By the device's clock, set right by the server's."""

    def values(self, tag: int, row_id: bytes) -> Values | None:
        """A row with its unsettled edits; None when it is not there."""

    def referring(self, tag: int, field: str, row_id: bytes) -> list[bytes]:
        """The rows of an entity that refer to a row."""

    def reasons(self, tag: int, row_id: bytes) -> list[str]:
        """The first reason of each bucket by which a row may be worked on now."""

    def reason(self, kind: str, key: bytes) -> str | None:
        """The first reason of a bucket."""


class Steps:
    """Of one draft. operations: those so far."""

    def __init__(
        self, schema: Schema, person: bytes, around: Around, operations: Sequence[Operation]
    ) -> None:
        self._schema = schema
        self._person = person
        self._around = around
        self._operations = operations

    def check(self, operation: Operation) -> None:
        """Refused unless lifecycle and protections of its row let an operation be."""
        entity = self._schema.by_tag[operation.tag]
        if not self._schema.lifecycles and not self._schema.protections:
            return
        refusal = self._refusal(entity, operation)
        if refusal is not None:
            raise Refused(refusal.detail, reason=refusal.code, entity=entity.name)

    def _refusal(self, entity: Entity, operation: Operation) -> Refusal | None:
        lifecycle = self._schema.lifecycles.get(entity.name)
        before = self._values((operation.tag, operation.row_id))
        fields = operation.fields
        if operation.action is Action.INSERT:
            before = tuple(fields.get(f.number) for f in entity.fields)
            wrong = lifecycle and beginning(
                lifecycle, str(before[entity.position(lifecycle.field)])
            )
            if wrong:
                return wrong
        if before is None:
            return None
        case = self._case(entity, operation, before)
        changed = {n for n, v in fields.items() if v != before[entity.by_number[n]]}
        if lifecycle is not None and operation.action is Action.UPDATE:
            number = entity.by_name[lifecycle.field].number
            if number in changed:
                after = _with(entity, before, fields)
                source = str(before[entity.by_number[number]])
                found = step(lifecycle, source, str(fields[number]), lambda: after, case)
                if isinstance(found, Refusal):
                    return found
                changed -= {entity.by_name[name].number for name in found.along}
            changed.discard(number)
        if operation.action is Action.UPDATE and not changed:
            return None
        last = before
        kept = protected(
            self._schema.protections.get(entity.name, ()), operation.action, last,
            lambda: _with(entity, last, fields), case,
        )  # fmt: skip
        return kept and kept[1]

    def _case(self, entity: Entity, operation: Operation, values: Values) -> Case:
        def every(name: str, field: str) -> Iterator[tuple[bytes, Row]]:
            child, tag = self._schema.entities[name], self._schema.tags[name]
            place = child.position(field)
            found = self._around.referring(tag, field, operation.row_id)
            made = [o.row_id for o in self._operations if o.tag == tag]
            for row_id in dict.fromkeys([*found, *made]):
                row = self._values((tag, row_id))
                if row is not None and row[place] == operation.row_id:
                    yield row_id, row_of(child, row)

        def referred(name: str, row_id: bytes) -> Row | None:
            row = self._values((self._schema.tags[name], row_id))
            return None if row is None else row_of(self._schema.entities[name], row)

        capacities = self._capacities((operation.tag, operation.row_id), values)
        return Case(entity, capacities, self._around.now(), every, referred)

    def _values(self, key: Key) -> Values | None:
        """A row as the draft has made it so far."""
        entity = self._schema.by_tag[key[0]]
        values = self._around.values(*key)
        for operation in self._operations:
            if (operation.tag, operation.row_id) != key:
                continue
            if operation.action is Action.DELETE:
                values = None
            elif operation.action is Action.INSERT:
                values = _with(entity, (None,) * len(entity.fields), operation.fields)
            elif values is not None:
                values = _with(entity, values, operation.fields)
        return values

    def _parent(self, entity: Entity, field: str, values: Values) -> Key | None:
        kind, target = entity.by_name[field].type, values[entity.position(field)]
        if not isinstance(kind, Reference) or not isinstance(target, bytes):
            return None
        return self._schema.tags[kind.entity], target

    def _capacities(self, key: Key, values: Values) -> frozenset[Capacity]:
        """What the person is to a row; of one that was made here, by its terms."""
        reasons = self._around.reasons(*key)
        if reasons:
            return frozenset(capacity for reason in reasons for capacity in _capacities_by(reason))
        entity = self._schema.by_tag[key[0]]
        found: set[Capacity] = set()
        for term in entity.terms:
            if isinstance(term, Everyone):
                found.add(Capacity.RECIPIENT)
            if not isinstance(term, OwnedBy | PersonalTo | Follows):
                continue
            target = values[entity.position(term.field)]
            if isinstance(term, Follows):
                parent = self._parent(entity, term.field, values)
                above = self._values(parent) if parent else None
                if parent and above:
                    found |= self._capacities(parent, above)
            elif target == self._person:
                found.add(Capacity.OWNER)
            elif isinstance(term, OwnedBy) and isinstance(target, bytes):
                found |= _capacities_by(self._around.reason(str(BucketKind.BUSINESS), target))
        return frozenset(found)


def _capacities_by(reason: str | None) -> frozenset[Capacity]:
    """The capacities that a bucket held for that first reason may give."""
    if reason == Reason.HIERARCHY:  # a manager may substitute, too
        return frozenset({Capacity.MANAGER, Capacity.SUBSTITUTE})
    return frozenset(capacity for known, capacity in CAPACITIES.items() if known == reason)


def _with(entity: Entity, values: Values, fields: Mapping[int, Stored]) -> Values:
    return tuple(fields.get(f.number, values[place]) for place, f in enumerate(entity.fields))
