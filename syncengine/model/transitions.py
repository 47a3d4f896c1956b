"""Whether a step of a lifecycle may be taken, and whether a protected row may be worked on.

Pure, and the same on the device, at once and offline, and on the server, which alone decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import assert_never

from syncengine.model.access import Refusal
from syncengine.model.conditions import referred_entity
from syncengine.model.entity import Action, Entity
from syncengine.model.fields import Stored
from syncengine.model.filling import answer_of, judge
from syncengine.model.lifecycle import (
    Above,
    Becomes,
    Capacity,
    Every,
    Filled,
    Guard,
    Lifecycle,
    Meets,
    Protection,
    Since,
    Transition,
    Until,
)
from syncengine.model.questionnaire_field import form_in
from syncengine.model.unmet import Row, unmet

Values = tuple[Stored, ...]


@dataclass(frozen=True)
class Case:
    """Who wants something of a row, when, and what can be asked about it.

    now: microseconds. every: (entity, its field) -> the rows that refer to this one by it, by id.
    row: (entity, id) -> a row; None when it is not there.
    """

    entity: Entity
    capacities: frozenset[Capacity]
    now: int
    every: Callable[[str, str], Iterable[tuple[bytes, Row]]]
    row: Callable[[str, bytes], Row | None]

    def referred(self, field: str, values: Values) -> Row | None:
        """The row that this one, with these values, refers to by a field."""
        target = values[self.entity.position(field)]
        entity = referred_entity(self.entity, field)
        return self.row(entity, target) if isinstance(target, bytes) else None


def row_of(entity: Entity, values: Values) -> Row:
    """A row that guards ask about; they ask about no hierarchy."""
    return Row(entity, values, lambda *_: False)


def beginning(lifecycle: Lifecycle, state: str) -> Refusal | None:
    """Why a new row cannot be in a state."""
    if state in lifecycle.initial:
        return None
    begins = " or ".join(lifecycle.initial)
    return Refusal(
        "lifecycle.illegal", f"A new row of {lifecycle.entity} is {begins}, not {state}."
    )


def step(
    lifecycle: Lifecycle, source: str, to: str, after: Callable[[], Values], case: Case
) -> Transition | Refusal:
    """The transition that leads from one state to another for whoever asks, or why there is none.

    after: gives the row's values as they are to be; asked for where there are guards.
    """
    between = lifecycle.steps(source, to)
    if not between:
        return Refusal(
            "lifecycle.illegal", f"{lifecycle.entity}: from {source} to {to} is no step."
        )
    mine = [transition for transition in between if transition.by & case.capacities]
    if not mine:
        capacities = " or ".join(
            sorted({capacity for transition in between for capacity in transition.by})
        )
        return Refusal("lifecycle.denied", f"{between[0].name} is for the {capacities}.")
    failed: list[str] = []
    for transition in mine:
        why = first_unmet(transition.guards, after(), case) if transition.guards else None
        if why is None:
            return transition
        failed.append(f"{transition.name} is not possible: {why}.")
    return Refusal("lifecycle.guard", failed[0])


def protected(
    protections: Iterable[Protection],
    action: Action,
    values: Values,
    after: Callable[[], Values],
    case: Case,
) -> tuple[Protection, Refusal] | None:
    """The protection that keeps a row, with these values, from being worked on, and its reason.

    after: gives its values as they are to be; asked for where a guard is about them.
    """
    for protection in protections:
        if action not in protection.actions or protection.spares & case.capacities:
            continue
        why = _kept_by(protection, values, after, case)
        if why is not None:
            said = f"This row of {case.entity.name} is protected from {action}: {why}."
            return protection, Refusal("lifecycle.protected", said)
    return None


def _kept_by(
    protection: Protection, values: Values, after: Callable[[], Values], case: Case
) -> str | None:
    for guard in protection.guards:
        asked = after() if isinstance(guard, Becomes) else values
        if (why := first_unmet((guard,), asked, case)) is not None:
            return why
    return None


def first_unmet(guards: Iterable[Guard], values: Values, case: Case) -> str | None:
    """What keeps the first of the guards that does not hold from holding, in words."""
    for guard in guards:
        why = _unmet(guard, values, case)
        if why is not None:
            return guard.because or why
    return None


def _unmet(guard: Guard, values: Values, case: Case) -> str | None:
    entity = case.entity
    match guard:
        case Meets(condition) | Becomes(condition):
            row = row_of(entity, values)
            return None if row.meets(condition) else str(unmet(condition, row))
        case Every(name, field, condition):
            lacking = next(
                (row for _, row in case.every(name, field) if not row.meets(condition)), None
            )
            return None if lacking is None else f"of a {name}, {unmet(condition, lacking)}"
        case Since(field):
            instant = values[entity.position(field)]
            come = isinstance(instant, int) and instant <= case.now
            return None if come else f"{field} has not come"
        case Until(field):
            instant = values[entity.position(field)]
            over = isinstance(instant, int) and instant <= case.now
            return f"{field} is over" if over else None
        case Above(field, condition):
            above = case.referred(field, values)
            if above is None:
                return f"its {field} is not there"
            return None if above.meets(condition) else f"of its {field}, {unmet(condition, above)}"
        case Filled(form, answers, field):
            asking = case.referred(form, values)
            if asking is None:
                return f"its {form} is not there"
            given = (answer_of(row.entity, i, row.values) for i, row in case.every(answers, field))
            why = judge(form_in(asking.entity, asking.values), given).why_not
            return None if why is None else str(why)
        case _:
            assert_never(guard)
