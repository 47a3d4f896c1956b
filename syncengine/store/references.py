"""References of a changeset, checked once all of its operations are applied, so their order is
free.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from syncengine.model.access import Refusal
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action, Entity
from syncengine.model.manifest import Schema
from syncengine.store.parents import trees_of
from syncengine.store.working import Key, RowState, Values, Working

State = Callable[[Key], RowState]

REFERENCE_UNKNOWN = Refusal(
    "reference.unknown", "The row that this refers to is not on this device."
)
ROW_IN_USE = Refusal("row.in_use", "Other rows refer to this one.")
HIERARCHY_CYCLE = Refusal("hierarchy.cycle", "This would put a row above itself.")


def referenced(schema: Schema, operation: Operation) -> list[tuple[str, Key]]:
    """(field name, key) of every row that the operation's fields refer to."""
    entity = schema.by_tag[operation.tag]
    if not any(isinstance(value, bytes) for value in operation.fields.values()):
        return []
    found = []
    for place, reference in entity.references:
        target = operation.fields.get(entity.fields[place].number)
        if isinstance(target, bytes):
            found.append((entity.fields[place].name, (schema.tags[reference.entity], target)))
    return found


def reference_faults(
    schema: Schema,
    operations: tuple[Operation, ...],
    state: State,
    visible: Callable[[Key], bool],
) -> Iterator[tuple[int, Refusal, str]]:
    """(operation, refusal, field) of every reference that points nowhere, or back to its own
    row.
    """
    hierarchies = schema.hierarchies | {(x.entity, x.parent) for x in trees_of(schema).values()}
    for position, operation in enumerate(operations):
        if operation.action is Action.DELETE:
            continue
        for field_name, key in referenced(schema, operation):
            if not visible(key):
                yield position, REFERENCE_UNKNOWN, field_name
        entity = schema.by_tag[operation.tag]
        for name, parent in hierarchies:
            key = (operation.tag, operation.row_id)
            if name == entity.name and _is_cycle(entity, parent, key, state):
                yield position, HIERARCHY_CYCLE, parent


def references_hold(entity: Entity, schema: Schema, values: Values, state: State) -> bool:
    """Whether what a row refers to is there, where it has to be."""
    return all(
        reference.dangling
        or not isinstance(target := values[place], bytes)
        or state((schema.tags[reference.entity], target)).values is not None
        for place, reference in entity.references
    )


def in_use(
    working: Working, operations: tuple[Operation, ...], rows: Mapping[Key, RowState]
) -> Iterator[tuple[int, Refusal]]:
    """(position, refusal) of each deletion of a row that others refer to still, once the whole
    changeset has taken effect.
    """
    for position, operation in enumerate(operations):
        state = rows.get((operation.tag, operation.row_id))
        if operation.action is Action.DELETE and state is not None and state.values is None:
            entity = working.schema.by_tag[operation.tag]
            if working.is_referred_to(entity.name, operation.row_id, rows):
                yield position, ROW_IN_USE


def _is_cycle(entity: Entity, parent: str, key: Key, state: State) -> bool:
    """Whether walking up from `key` comes back to a row already met."""
    place = entity.position(parent)
    met = set()
    here: Key | None = key
    while here is not None:
        if here in met:
            return True
        met.add(here)
        values = state(here).values
        above = values[place] if values is not None else None
        here = (key[0], above) if isinstance(above, bytes) else None
    return False
