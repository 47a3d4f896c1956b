"""Lifecycles in the write path: the steps that a changeset takes, as its judge sees them.

Device and server may see different data. The server decides by what is there now; what was legal
at its base and comes too late has the outcome that is declared for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from syncengine.model.access import Refusal, Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action, Entity, LateWork
from syncengine.model.fields import Stored
from syncengine.model.lifecycle import (
    CAPACITIES,
    Above,
    Every,
    Filled,
    Guard,
    Late,
    Lifecycle,
    Stamp,
    Transition,
)
from syncengine.model.terms import Follows
from syncengine.model.transitions import Case, beginning, first_unmet, protected, row_of, step
from syncengine.model.unmet import Row
from syncengine.store.edit import Edit, Taken
from syncengine.store.placement import Placement
from syncengine.store.standing import Standing
from syncengine.store.working import Key, RowState, Values, Working, target_tag

LATE_STEP = Refusal(
    "lifecycle.late", "It had moved on before this arrived: its state stays as it is."
)
STEP_WAITS = Refusal("lifecycle.waits", "It had moved on before this arrived; the office decides.")


class Transitions:
    """Of one changeset's author. state, anew: rows as the changeset has made them so far."""

    def __init__(
        self,
        working: Working,
        placement: Placement,
        standing: Standing,
        state: Callable[[Key], RowState],
        anew: Mapping[Key, RowState],
    ) -> None:
        self._working = working
        self._placement = placement
        self._schema = working.schema
        self._standing = standing
        self._state = state
        self._anew = anew

    # -- who may work on what was released

    def held(self, entity: Entity, key: Key, state: RowState) -> RowState:
        """The row with the buckets by which its author may work on it: those in which it would be
        had no state released it, if the author would hold it then and provably had it.
        """
        if not self._schema.lifecycles or self._standing.holds(state):
            return state
        return self._kept(entity, key, state) if self._standing.had(key) else state

    def held_new(self, entity: Entity, key: Key, state: RowState) -> RowState:
        """Likewise of a new row, by the rows that it follows."""
        if not self._schema.lifecycles or self._standing.holds(state):
            return state
        assert state.values is not None
        above = [
            (target_tag(self._schema, entity, term.field), target)
            for term in entity.terms
            if isinstance(term, Follows)
            and isinstance(target := state.values[entity.position(term.field)], bytes)
        ]
        had = bool(above) and all(self._standing.had(key) for key in above)
        return self._kept(entity, key, state) if had else state

    def _kept(self, entity: Entity, key: Key, state: RowState) -> RowState:
        if state.values is None:
            return state
        kept = replace(
            state, buckets=self._placement.kept(entity, key[1], state.values, self._state)
        )
        return kept if self._standing.holds(kept) else state

    # -- what a changeset does

    def inserted(self, entity: Entity, key: Key, held: RowState) -> Refusal | None:
        """Why a new row cannot be."""
        assert held.values is not None
        lifecycle = self._schema.lifecycles.get(entity.name)
        if lifecycle is not None:
            wrong = beginning(lifecycle, str(held.values[entity.position(lifecycle.field)]))
            if wrong is not None:
                return wrong
        made = held.values
        return self._protected(entity, key, Action.INSERT, held, lambda: made, moved=False)

    def deleted(self, entity: Entity, operation: Operation, held: RowState) -> Refusal | None:
        """Why a row cannot be deleted."""
        assert held.values is not None
        if entity.name not in self._schema.protections:
            return None
        key = (operation.tag, operation.row_id)
        last = held.values
        moved = self._standing.view.values(key, last) != last
        return self._protected(entity, key, Action.DELETE, held, lambda: last, moved)

    def edited(self, edit: Edit, after: Callable[[dict[int, Stored]], Values]) -> Taken:
        """What an edit comes to. after: the state from which a step is taken, by the number of its
        field; nothing where none is -> the row's values as they are to be.
        """
        lifecycle = self._schema.lifecycles.get(edit.entity.name)
        found = Taken()
        changed = {n for n, value in edit.said.items() if value != edit.base[n]}
        if lifecycle is not None:
            number = edit.entity.by_name[lifecycle.field].number
            if number in changed and edit.said[number] != edit.server[number]:
                transition = self._step(
                    lifecycle, number, edit, partial(after, {number: edit.server[number]})
                )
                if isinstance(transition, Taken):
                    found = transition
                else:
                    found = Taken(None, number, self._stamps(transition, edit))
                    changed -= {edit.entity.by_name[name].number for name in transition.along}
            changed.discard(number)
        if found.refusal is None and changed:
            held = replace(edit.held, values=tuple(edit.server.values()))
            moved = edit.base != edit.server
            step = {} if found.step is None else {found.step: edit.server[found.step]}
            becomes = partial(after, step)
            refusal = self._protected(edit.entity, edit.key, Action.UPDATE, held, becomes, moved)
            return found if refusal is None else Taken(refusal)
        return found

    def _step(
        self, lifecycle: Lifecycle, number: int, edit: Edit, after: Callable[[], Values]
    ) -> Transition | Taken:
        case = self._case(edit.entity, edit.key, edit.held)
        source, to = str(edit.server[number]), str(edit.said[number])
        found = step(lifecycle, source, to, after, case)
        if isinstance(found, Transition):
            return found
        late = self._late(lifecycle.steps(str(edit.base[number]), to), edit, case)
        if late is None or late.late is Late.WAITS:
            return Taken(found if late is None else STEP_WAITS)
        return Taken(yielded={number: to}, stamps=self._noted(late, edit, after(), case))

    def _noted(
        self, late: Transition, edit: Edit, after: Values, case: Case
    ) -> Mapping[int, Stored]:
        """What a late step leaves: stamps in empty fields, where but for the state it could still
        be taken.
        """
        if late.late is not Late.NOTED or not late.by & case.capacities:
            return {}
        if first_unmet(late.guards, after, case) is not None:
            return {}
        stamps = self._stamps(late, edit)
        return {number: value for number, value in stamps.items() if edit.server[number] is None}

    def _late(self, steps: tuple[Transition, ...], edit: Edit, case: Case) -> Transition | None:
        """The step that its author could take at the base; None when they could not, as far as
        can be told.
        """
        if self._standing.decides or self._standing.actor.source is not Source.DEVICE:
            return None
        gone = not case.capacities  # held no longer: what they were to the row is not on record
        for transition in steps:
            if not gone and not transition.by & case.capacities:
                continue
            read = (key for guard in transition.guards for key in self._read_by(guard, edit))
            if gone or edit.base != edit.server or any(map(self._unseen, read)):
                return transition
        return None

    def _read_by(self, guard: Guard, edit: Edit) -> list[Key]:
        """The rows besides its own that a guard reads."""
        if isinstance(guard, Every):
            return self._referring(guard.entity, guard.field, edit.key)
        if not isinstance(guard, Filled):
            return []
        asking = self._parent(edit.entity, guard.form, tuple(edit.server.values()))
        given = self._referring(guard.answers, guard.field, edit.key)
        return given if asking is None else [asking, *given]

    def _stamps(self, transition: Transition, edit: Edit) -> dict[int, Stored]:
        standing = self._standing
        known: dict[Stamp, Stored] = {
            Stamp.ACTOR: standing.actor.person,
            Stamp.PRINCIPAL: standing.principal(edit.held.buckets),
            Stamp.MADE: standing.edited,
            Stamp.RECEIVED: standing.at,
            Stamp.EMPTY: None,
        }
        return {edit.entity.by_name[name].number: known[s] for name, s in transition.stamps}

    def _protected(
        self,
        entity: Entity,
        key: Key,
        action: Action,
        held: RowState,
        after: Callable[[], Values],
        moved: bool,
    ) -> Refusal | None:
        """Why a protection keeps a row from being worked on; moved: the row is another than its
        author saw.
        """
        protections, values = self._schema.protections.get(entity.name), held.values
        if protections is None or values is None:
            return None
        case = self._case(entity, key, held)
        found = protected(protections, action, values, after, case)
        if found is None:
            return None
        protection, refusal = found
        above = (g.field for g in protection.guards if isinstance(g, Above))
        # held no longer: whether they were among the spared is not on record
        gone = not case.capacities and not protection.spares.isdisjoint(CAPACITIES.values())
        late = (
            moved
            or gone
            or any(
                self._unseen(parent)
                for name in above
                if (parent := self._parent(entity, name, values)) is not None
            )
        )
        if not late or self._standing.actor.source is not Source.DEVICE:
            return refusal
        return None if protection.late is LateWork.ACCEPT else STEP_WAITS

    # -- what guards ask about

    def _case(self, entity: Entity, key: Key, held: RowState) -> Case:
        def every(name: str, field_name: str) -> Iterator[tuple[bytes, Row]]:
            child = self._schema.entities[name]
            for one in self._referring(name, field_name, key):
                values = self._state(one).values
                assert values is not None
                yield one[1], row_of(child, values)

        def referred(name: str, row_id: bytes) -> Row | None:
            values = self._state((self._schema.tags[name], row_id)).values
            return None if values is None else row_of(self._schema.entities[name], values)

        return Case(entity, self._standing.capacities(held), self._standing.edited, every, referred)

    def _parent(self, entity: Entity, name: str, values: Values | None) -> Key | None:
        target = values[entity.position(name)] if values is not None else None
        if not isinstance(target, bytes):
            return None
        return target_tag(self._schema, entity, name), target

    def _referring(self, name: str, field_name: str, key: Key) -> list[Key]:
        """The rows of an entity that refer to a row, as the changeset has made them so far."""
        child = self._schema.entities[name]
        place, tag = child.position(field_name), self._schema.tags[name]
        keys = self._working.referring(child, field_name, key[1])
        keys |= {one for one in self._anew if one[0] == tag}
        states = {one: self._state(one).values for one in keys}
        return [one for one, values in states.items() if values and values[place] == key[1]]

    def _unseen(self, key: Key) -> bool:
        """Whether the row has changed, by other changesets, since the author's base."""
        return not self._standing.view.seen(key, self._working.state(key).version)
