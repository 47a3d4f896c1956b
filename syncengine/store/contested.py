"""Conflicts that no value of the field settles: what the office looks at when it has to decide, and
what a copy of the row holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from conflict_rules.merge_by_field import Merged
from syncengine.model.changeset import Operation
from syncengine.model.entity import ConflictRule, Entity
from syncengine.model.fields import Stored
from syncengine.store.judgement import Line
from syncengine.store.standing import Standing
from syncengine.store.working import RowState, Values, Working, numbered


def contested(
    position: int,
    entity: Entity,
    operation: Operation,
    base: Mapping[int, Stored],
    merged: Merged,
    principal: bytes | None,
) -> Iterator[Line]:
    """The conflicts of an edit that people decide."""
    for loss in merged.losses:
        n = loss.field
        if entity.fields[entity.by_number[n]].conflict is ConflictRule.MANUAL:
            yield Line(position, n, base[n], loss.kept, operation.fields[n], principal)


def entered(
    operations: Iterable[Operation], working: Working, standing: Standing
) -> Iterator[Line]:
    """What operations that wait were to change, removed fields left out."""
    for position, operation in enumerate(operations):
        entity = working.schema.by_tag[operation.tag]
        state = working.state((operation.tag, operation.row_id))
        yield from _entered(position, entity, operation, state, standing)


def _entered(
    position: int, entity: Entity, operation: Operation, state: RowState, standing: Standing
) -> Iterator[Line]:
    key, view = (operation.tag, operation.row_id), standing.view
    last = state.values or view.deleted(key)
    seen = dict(numbered(entity, view.values(key, last))) if last is not None else {}
    now = dict(numbered(entity, state.values)) if state.values is not None else {}
    principal = standing.principal(state.buckets)
    for n, value in operation.fields.items():
        if n in entity.by_number:
            yield Line(position, n, seen.get(n), now.get(n), value, principal)


def keeps_both(entity: Entity, merged: Merged) -> bool:
    """Whether a conflict of an edit is to become a copy of the row."""
    rules = (entity.fields[entity.by_number[loss.field]].conflict for loss in merged.losses)
    return ConflictRule.KEEP_BOTH in rules


def copy_of(entity: Entity, operation: Operation, values: Values) -> Values:
    """The values of a copy of the operation's row: these, the edit, and which row it is of."""
    refers = entity.by_name[entity.copies].number if entity.copies else 0
    fields = operation.fields | {refers: operation.row_id}
    return tuple(fields.get(f.number, values[place]) for place, f in enumerate(entity.fields))
