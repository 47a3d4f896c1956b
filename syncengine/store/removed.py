"""Values for fields that were removed: set apart before a changeset is judged.

Whoever made the changeset did not know of the removal yet (a device offline, an import staged
before). The rest of the work counts all the same, and the value is a loss: in the history, in the
verdict, and in the person's inbox.
"""

from __future__ import annotations

from dataclasses import replace

from conflict_rules.merge_by_field import FieldLoss
from syncengine.model.access import Refusal
from syncengine.model.changeset import Operation
from syncengine.model.entity import Entity

FIELD_REMOVED = "field.removed"


def set_apart(entity: Entity, operation: Operation) -> tuple[Operation, tuple[FieldLoss, ...]]:
    """(the operation without removed fields, what it was to put into those)."""
    if not entity.removed or operation.fields.keys() <= entity.by_number.keys():
        return operation, ()
    kept = {n: v for n, v in operation.fields.items() if n in entity.by_number}
    lost = {n: v for n, v in operation.fields.items() if n not in entity.by_number}
    losses = tuple(FieldLoss(number, value, None) for number, value in sorted(lost.items()))
    return replace(operation, fields=kept), losses


def notice(entity: Entity, loss: FieldLoss) -> tuple[Refusal, str]:
    """What a person is told of one lost value, and of which field."""
    field = entity.known(loss.field)
    assert field is not None
    detail = f"{field.name} is no longer in use; its value was not taken over."
    return Refusal(FIELD_REMOVED, detail), field.name
