"""Which operations take rows away from somebody, and how these come first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action, Entity
from syncengine.model.manifest import Schema
from syncengine.model.terms import Addressed, Carried, Everyone, Lent, Reaches, Ruled
from syncengine.store.grants import touches_grants
from syncengine.store.lent import lists_rows
from syncengine.store.references import referenced
from syncengine.store.working import Key


def removals_first(schema: Schema, operations: Sequence[Operation]) -> list[int]:
    """The positions of the operations in the order in which they are to be written.

    First those that may take rows away, with what they build on: earlier operations on the same row
    and on rows that they refer to. Then the others. Both as they came, so that what may be written
    one by one still may.
    """
    placing = _placing(schema)
    needed: set[Key] = set()
    first: set[int] = set()
    for position in range(len(operations) - 1, -1, -1):
        operation = operations[position]
        key = (operation.tag, operation.row_id)
        if key in needed or _removes(placing, operation):
            first.add(position)
            needed.add(key)
            needed.update(target for _, target in referenced(schema, operation))
    return sorted(range(len(operations)), key=lambda position: position not in first)


def _removes(placing: set[tuple[int, int]], operation: Operation) -> bool:
    match operation.action:
        case Action.DELETE:
            return True
        case Action.UPDATE:
            return any((operation.tag, number) in placing for number in operation.fields)
        case _:
            return False


def _placing(schema: Schema) -> set[tuple[int, int]]:
    """(tag, field number) of the fields that say where rows go, or who is granted what.

    A row that leaves because a rule no longer selects it, by whatever field, is not foreseen: it
    leaves with the step in which it is written.
    """
    hierarchies = schema.hierarchies
    whole = {
        name for name in schema.entities if touches_grants(schema, name) or lists_rows(schema, name)
    } - {name for name, _ in hierarchies}
    named = hierarchies | {pair for entity in schema.entities.values() for pair in _named(entity)}
    return {
        (schema.tags[name], field.number)
        for name, entity in schema.entities.items()
        for field in entity.fields
        if name in whole or (name, field.name) in named
    }


def _named(entity: Entity) -> Iterator[tuple[str, str]]:
    """(entity, field) of all that an entity's terms and its window name."""
    if entity.window is not None:
        yield entity.name, entity.window.ends
    for term in entity.terms:
        if isinstance(term, Carried):
            yield term.entity, term.field
        elif not isinstance(term, Everyone | Ruled | Addressed):
            yield entity.name, term.owner if isinstance(term, Lent) else term.field
        if isinstance(term, Reaches):
            yield term.through, term.place
