"""What the author of a changeset may do: the decision point's answers, and what is declared for
late work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from syncengine.model.access import Refusal, RowFacts, may
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action, Entity, LateWork
from syncengine.model.manifest import Schema
from syncengine.model.rights import Right
from syncengine.model.terms import Follows
from syncengine.store.limits import Limit
from syncengine.store.privacy import is_private
from syncengine.store.standing import Standing
from syncengine.store.working import ABSENT, Key, RowState, Values, Working, target_tag

LATE = Refusal("late.quarantined", "This was done after the row had moved on; the office decides.")
BEYOND = Refusal("access.beyond", "Afterwards the row would be none of those that you may see.")


class Permission:
    """Of one changeset's author. state: a row as the changeset makes it. told: called with
    (operation, refusal, field) of each field that may not be set.
    """

    def __init__(
        self,
        schema: Schema,
        standing: Standing,
        state: Callable[[Key], RowState],
        told: Callable[[int, Refusal, str | None], None],
    ) -> None:
        self._schema = schema
        self._standing = standing
        self._object = told
        self._state = state
        rights = standing.actor.rights
        node = rights.limit if rights is not None else None
        self._limit = None if node is None else Limit(schema, node, state)

    def holds(self, key: Key, state: RowState) -> bool:
        """Whether the row, that is as `state` says, is there and the author may see it."""
        rights = self._standing.actor.rights
        if rights is not None and not rights.may(Right.VIEW, self._schema.by_tag[key[0]].name):
            return False
        if not self._standing.holds(state) or self._is_private(key, state):
            return False
        return self._limit is None or self._limit.has(key, state)

    def _is_private(self, key: Key, state: RowState) -> bool:
        """Whether it is kept from the author, a user of the office who decides about no work."""
        standing = self._standing
        if standing.actor.rights is None or standing.decides:
            return False
        return is_private(self._schema, key, state, self._state)

    def facts(self, key: Key, state: RowState) -> RowFacts:
        """What the decision point asks of a row."""
        entity = self._schema.by_tag[key[0]]
        return RowFacts(entity, self.holds(key, state), self._standing.work(state))

    def beyond(
        self, _: Working, operations: tuple[Operation, ...], rows: Mapping[Key, RowState]
    ) -> Iterator[tuple[int, Refusal]]:
        """(position, why) of each operation that takes its row out of what a limited user may
        see.
        """
        for position, operation in enumerate(operations if self._limit is not None else ()):
            key = (operation.tag, operation.row_id)
            after = rows.get(key, ABSENT)
            if after.values is not None and not self.holds(key, after):
                yield position, BEYOND

    def of(
        self, entity: Entity, operation: Operation, facts: RowFacts, position: int
    ) -> Refusal | None:
        """The decision point's answer for the row, then for each field."""
        actor = self._standing.actor
        refusal = may(actor, operation.action, facts)
        if refusal is not None or operation.action is Action.DELETE:
            return refusal
        for number in operation.fields:
            declared = entity.fields[entity.by_number[number]]
            wrong = may(actor, operation.action, facts, declared)
            if wrong is not None:
                self._object(position, wrong, declared.name)
        return None

    def late_edit(
        self,
        entity: Entity,
        key: Key,
        values: Values | None,
        made: bool,
        operation: Operation,
        position: int,
        refusal: Refusal | None,
    ) -> Refusal | None:
        """What is declared for an edit of a row that the seat no longer holds, or may no longer
        work on; `refusal` when it never had it. One that the author made is judged like its making.
        A row that is not there is asked for all the same, so that the refusal takes no less time
        than that of somebody else's (invariant 9).
        """
        if self._standing.decides:
            return refusal
        if made and values is not None:
            return self.late_insert(entity, values, operation, position, refusal)
        late = self._standing.late(key, entity.late_edit)
        if late is None or values is None:
            return self.never_had(refusal)
        if late is LateWork.QUARANTINE:
            return LATE
        return self.of(entity, operation, RowFacts(entity, held=True), position)

    def late_insert(
        self,
        entity: Entity,
        values: Values,
        operation: Operation,
        position: int,
        refusal: Refusal | None,
    ) -> Refusal | None:
        """What is declared for a new row below one that the seat no longer holds, or may no longer
        work on, and for more work on it; `refusal` when it never had that one.
        """
        if self._standing.decides:
            return refusal
        for term in entity.terms:
            if not isinstance(term, Follows):
                continue
            parent = values[entity.position(term.field)]
            if not isinstance(parent, bytes):
                continue
            late = self._standing.late(
                (target_tag(self._schema, entity, term.field), parent), entity.late_insert
            )
            if late is LateWork.QUARANTINE:
                return LATE
            if late is LateWork.ACCEPT:
                return self.of(entity, operation, RowFacts(entity, held=True), position)
            refusal = self.never_had(refusal)
        return refusal

    def never_had(self, refusal: Refusal | None) -> Refusal | None:
        """The refusal of work on a row that the seat does not provably have had. Where it is no
        longer on record what it had, all such work waits for the office, whether there is such a
        row or not (invariant 9).
        """
        return LATE if self._standing.forgotten() else refusal
